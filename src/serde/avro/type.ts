/** An Avro schema, understood: names resolved, logical types gone, recursion as a cycle of objects. */

/** A type that has no parts. */
export interface ScalarType {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'
}

/** So many bytes. */
export interface FixedType {
  readonly kind: 'fixed'
  /** With its namespace, as all names of types. */
  readonly name: string
  readonly size: number
}

/** One of the symbols; written as its index. */
export interface EnumType {
  readonly kind: 'enum'
  readonly name: string
  readonly symbols: readonly string[]
}

/** Values of one type, in order. */
export interface ArrayType {
  readonly kind: 'array'
  readonly items: AvroType
}

/** Values of one type under keys that are strings. */
export interface MapType {
  readonly kind: 'map'
  readonly values: AvroType
}

/** A field of a record. */
export interface Field {
  readonly name: string
  /** Other names under which JSON may have it. */
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** As the schema's JSON has it; absent when there is none. Never used to fill in for a missing value. */
  readonly default?: unknown
}

/** Fields in the order in which they are written. An `error` is one, too. */
export interface RecordType {
  readonly kind: 'record'
  readonly name: string
  readonly fields: readonly Field[]
}

/** A value of one of the types. None of them is a union, and no two have the same branch name. */
export interface UnionType {
  readonly kind: 'union'
  readonly branches: readonly Exclude<AvroType, UnionType>[]
}

/** Any type. */
export type AvroType =
  | ScalarType
  | FixedType
  | EnumType
  | ArrayType
  | MapType
  | RecordType
  | UnionType

/** What stands for a type in a tagged union: its full name, or what kind of type it is. */
export function branchName(type: Exclude<AvroType, UnionType>): string {
  return 'name' in type ? type.name : type.kind
}

/** What Avro's JSON decoder says that it expected, when it finds something else. */
export function expectationOf(type: AvroType): string {
  switch (type.kind) {
    case 'union':
      return 'start-union'
    case 'record':
    case 'map':
    case 'array':
      return `${type.kind}-start`
    default:
      return type.kind
  }
}
