/** Responses of the registry: their bounds, their types, and the values that the client uses. */

import { bracketsOf } from './brackets.ts'
import { RegistryError } from './registry-error.ts'
import { SCHEMA_TYPES, type SchemaType } from './schema.ts'

/** A reference of a schema to another schema. */
export interface SchemaReference {
  /** The name that the referring schema uses. */
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A schema as the registry stores it. */
export interface StoredSchema {
  readonly type: SchemaType
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/** A version of a subject. */
export interface SubjectVersion {
  readonly subject: string
  /** 1 or more. */
  readonly version: number
}

/** A version of a subject with the id of its schema. */
export interface RegisteredVersion extends SubjectVersion {
  readonly id: number
}

/** The wire format has 32 bits for ids. */
const MAX_ID = 2 ** 31 - 1

/** Reads `GET /schemas/ids/{id}`, and any other response with a schema. @throws {RegistryError} */
export function storedSchema(json: unknown, question: string): StoredSchema {
  const { schema, schemaType, references } = members(json, question)
  return {
    type: schemaTypeOf(schemaType, question),
    text: expect(schema, typeof schema === 'string', '"schema", a string', question),
    references: list(references ?? [], '"references", an array', question).map((reference) => {
      const { name, subject, version } = members(reference, question)
      return {
        name: expect(name, typeof name === 'string', '"name" of a reference', question),
        subject: expect(subject, typeof subject === 'string', '"subject" of a reference', question),
        // -1 stands for the latest version.
        version: expect(version, isInt(version, -1), '"version" of a reference', question),
      }
    }),
  }
}

/** Reads `GET /subjects/{subject}/versions/{version}` and look-ups. @throws {RegistryError} */
export function registeredVersion(json: unknown, question: string): RegisteredVersion {
  const { id } = members(json, question)
  return {
    ...subjectVersion(json, question),
    id: expect(id, isInt(id, 0), '"id", a number', question),
  }
}

/** Reads `POST /subjects/{subject}/versions`. @throws {RegistryError} */
export function registeredId(json: unknown, question: string): number {
  const { id } = members(json, question)
  return expect(id, isInt(id, 0), '"id", a number', question)
}

/** Reads `GET /schemas/ids/{id}/versions`. @throws {RegistryError} */
export function subjectVersions(json: unknown, question: string): readonly SubjectVersion[] {
  return list(json, 'an array', question).map((each) => subjectVersion(each, question))
}

function subjectVersion(json: unknown, question: string): SubjectVersion {
  const { subject, version } = members(json, question)
  return {
    subject: expect(subject, typeof subject === 'string', '"subject", a string', question),
    version: expect(version, isInt(version, 1), '"version", a number', question),
  }
}

function schemaTypeOf(value: unknown, question: string): SchemaType {
  // Registries omit the type of Avro schemas.
  if (value === undefined || value === null) return 'AVRO'
  const type = SCHEMA_TYPES.find((name) => name === value)
  return expect(
    type,
    type !== undefined,
    `"schemaType", one of ${SCHEMA_TYPES.join(', ')}`,
    question,
  )
}

function members(json: unknown, question: string): Record<string, unknown> {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
  return expect(json, isObject, 'an object', question)
}

function list(json: unknown, what: string, question: string): readonly unknown[] {
  return expect(json, Array.isArray(json), what, question)
}

function isInt(value: unknown, min: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= MAX_ID
}

/** Returns a value whose type the caller has checked. */
function expect<T>(value: unknown, isGood: boolean, what: string, question: string): T {
  if (isGood) return value as T
  throw new RegistryError(
    'unreadable',
    `The schema registry answered ${question} without what was expected: ${what}.`,
  )
}

/** The deepest valid response, a schema with references, has three levels. */
const MAX_DEPTH = 16
/**
 * The limit for objects, arrays, members and items, which take many times the time and the memory of their text. A
 * schema with references has four of them per reference.
 */
const MAX_PARTS = 40_000

/** Parses a response. @throws {SyntaxError} for invalid JSON, for more than 16 levels, and for more than 40,000 parts */
export function parseAnswer(text: string): unknown {
  const { depth, count, commas } = bracketsOf(text, 'json')
  if (depth > MAX_DEPTH) throw new SyntaxError('it nests too deep')
  if (count + commas > MAX_PARTS) throw new SyntaxError('it has too many members and items')
  return JSON.parse(text)
}
