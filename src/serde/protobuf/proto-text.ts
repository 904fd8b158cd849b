/** The text of a .proto file, parsed: what protobufjs finds in it, as plain data. Resolves no names. */
import { type IParserResult, parse } from 'protobufjs'
import { InvalidSchemaError } from '../codec.ts'

/** A field, or an extension if it says what it `extend`s. */
export interface FieldNode {
  readonly id: number
  readonly type: string
  readonly rule?: 'repeated' | 'required'
  /** Of a map only. */
  readonly keyType?: string
  readonly extend?: string
  readonly options?: Options
}

/** Options that are set, of which the rest of the house wants to know only some. */
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
  /** First and last numbers of those that others may define. */
  readonly extensions?: readonly (readonly [number, number])[]
  /** What a field of type `group` declares. */
  readonly group?: boolean
  readonly options?: Options
}

/** An enum. */
export interface EnumNode {
  readonly values: Readonly<Record<string, number>>
  readonly options?: Options
}

/** What a file, a message or a package contains, by name and in the order of the text. */
export type Nodes = Readonly<Record<string, object>>

/** One file. */
export interface ProtoFile {
  /** By which others import it. */
  readonly path: string
  /** Empty if there is none. */
  readonly package: string
  /** `proto2`, `proto3`, or a year. */
  readonly edition: string
  readonly imports: readonly string[]
  readonly nodes: Nodes
}

/** @throws {InvalidSchemaError} when the text doesn't parse */
export function parseProtoText(path: string, text: string): ProtoFile {
  // Among JavaScript's objects a member of that name gets lost.
  if (text.includes('__proto__')) throw new InvalidSchemaError(`${path}: __proto__ is no name`)
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

/** protobufjs writes it to each thing in the file, unless it is proto3. */
function editionOf(nodes: Nodes): string {
  const [first] = Object.values(nodes) as { readonly edition?: string }[]
  return first?.edition ?? 'proto3'
}

/** Whether it declares a message, or a group. */
export function isMessage(node: object): node is MessageNode {
  return 'fields' in node
}

/** Whether it declares an enum. */
export function isEnum(node: object): node is EnumNode {
  return 'values' in node
}

/** Whether it declares a field of another message. */
export function isExtension(node: object): node is FieldNode & { readonly extend: string } {
  return 'extend' in node
}
