/** Parses .proto texts with protobufjs to plain data. Names stay unresolved. */
import { type IParserResult, parse } from 'protobufjs'
import { InvalidSchemaError } from '../codec.ts'
import { boundTypes, startFile } from './bounded-types.ts'

boundTypes()

/** A field, or an extension if it has `extend`. */
export interface FieldNode {
  readonly id: number
  readonly type: string
  readonly rule?: 'repeated' | 'required'
  /** The key type of a map. */
  readonly keyType?: string
  readonly extend?: string
  readonly options?: Options
}

/** The options that other modules use. */
export interface Options {
  readonly packed?: boolean
  readonly json_name?: string
  readonly proto3_optional?: boolean
  readonly map_entry?: boolean
  readonly features?: Readonly<Record<string, string>>
}

/** A message. */
export interface MessageNode {
  readonly fields: Readonly<Record<string, FieldNode>>
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>
  readonly nested?: Nodes
  /** The first and last numbers of the extension ranges. */
  readonly extensions?: readonly (readonly [number, number])[]
  /** Whether a `group` field declares the message. */
  readonly group?: boolean
  readonly options?: Options
}

/** An enum. */
export interface EnumNode {
  readonly values: Readonly<Record<string, number>>
  readonly options?: Options
}

/** The declarations in a file, a message or a package, by name and in the order of the text. */
export type Nodes = Readonly<Record<string, object>>

/** One file. */
export interface ProtoFile {
  /** The import path. */
  readonly path: string
  /** The package name, or an empty string. */
  readonly package: string
  /** `proto2`, `proto3`, or the year of an edition. */
  readonly edition: string
  readonly imports: readonly string[]
  readonly nodes: Nodes
}

/** @throws {InvalidSchemaError} when the text has a syntax error */
export function parseProtoText(path: string, text: string): ProtoFile {
  // JavaScript objects lose a member of this name.
  if (text.includes('__proto__'))
    throw new InvalidSchemaError(`${path}: the name __proto__ is not supported`)
  const result = parseOrRefuse(path, text)
  const packageName = result.package ?? ''
  const nodes = contentOf(result.root.toJSON(), packageName)
  return {
    path,
    package: packageName,
    edition: editionOf(nodes),
    imports: [...(result.imports ?? []), ...(result.weakImports ?? [])],
    nodes,
  }
}

function parseOrRefuse(path: string, text: string): IParserResult {
  startFile()
  try {
    return parse(text, { keepCase: true })
  } catch (error) {
    throw new InvalidSchemaError(`${path}: ${(error as Error).message}`)
  }
}

function contentOf(root: { readonly nested?: Nodes }, packageName: string): Nodes {
  const parts = packageName === '' ? [] : packageName.split('.')
  const scope = parts.reduce<{ readonly nested?: Nodes } | undefined>(
    (node, part) => node?.nested?.[part],
    root,
  )
  return scope?.nested ?? {}
}

/** Returns the edition, which protobufjs stores in each declaration unless it is proto3. */
function editionOf(nodes: Nodes): string {
  for (const name in nodes)
    return (nodes[name] as { readonly edition?: string }).edition ?? 'proto3'
  return 'proto3'
}

/** Whether a node declares a message or a group. */
export function isMessage(node: object): node is MessageNode {
  return 'fields' in node
}

/** Whether a node declares an enum. */
export function isEnum(node: object): node is EnumNode {
  return 'values' in node
}

/** Whether a node declares an extension. */
export function isExtension(node: object): node is FieldNode & { readonly extend: string } {
  return 'extend' in node
}
