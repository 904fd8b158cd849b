/** Values of ASN.1 in DER and BER, parsed by node-forge. All functions throw an `Error` for other content. */

import { createRequire } from 'node:module'
import type forge from 'node-forge'

/** A parsed value. */
export type Der = forge.asn1.Asn1

const require = createRequire(import.meta.url)

/** The parser is loaded with the first store that needs it. */
const parser = () => require('node-forge/lib/asn1') as typeof forge.asn1

const OCTET_STRING = 4
const BMP_STRING = 30
const INTEGER = 2
const OBJECT_IDENTIFIER = 6

/** Parses bytes that are one value. */
export function parseDer(bytes: Buffer): Der {
  return parser().fromDer(bytes.toString('latin1'))
}

/** Returns a value with its tag and its length. */
export function bytesOf(value: Der): Buffer {
  return Buffer.from(parser().toDer(value).getBytes(), 'latin1')
}

/** Returns the values in a constructed value. */
export function partsOf(value: Der | undefined): readonly Der[] {
  if (typeof value?.value !== 'object') throw new Error('no sequence')
  return value.value
}

/** Returns the value at a path of positions. */
export function partAt(value: Der, ...path: readonly number[]): Der {
  const part = path.reduce<Der | undefined>((inner, index) => partsOf(inner)[index], value)
  if (part === undefined) throw new Error('a value is missing')
  return part
}

/** Returns an object identifier with dots. */
export function oidOf(value: Der): string {
  return parser().derToOid(primitive(value, OBJECT_IDENTIFIER).toString('latin1'))
}

/** Returns an integer that is positive and has at most six bytes. */
export function integerOf(value: Der): number {
  const bytes = primitive(value, INTEGER)
  if (bytes.length < 1 || bytes.length > 6) throw new Error('no small integer')
  return bytes.readUIntBE(0, bytes.length)
}

/** Returns the bytes of an octet string, which may consist of segments. */
export function octetsOf(value: Der): Buffer {
  if (typeof value.value === 'string') return Buffer.from(value.value, 'latin1')
  return Buffer.concat(value.value.map((segment) => primitive(segment, OCTET_STRING)))
}

/** Returns the text of a BMP string, which the parser has decoded. */
export function bmpTextOf({ value, type }: Der): string {
  if (typeof value !== 'string' || type !== BMP_STRING) throw new Error('another type')
  return value
}

/** Returns the product of all integers in a value. The costs of a key derivation are such integers. */
export function productOfIntegers(value: Der): number {
  if (typeof value.value === 'string') return isInteger(value) ? integerOf(value) : 1
  return value.value.reduce((product, part) => product * productOfIntegers(part), 1)
}

function isInteger({ tagClass, type }: Der): boolean {
  return tagClass === 0 && type === INTEGER
}

function primitive({ value, type }: Der, expected: number): Buffer {
  if (typeof value !== 'string' || type !== expected) throw new Error('another type')
  return Buffer.from(value, 'latin1')
}
