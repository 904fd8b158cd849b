/**
 * The model of an Avro schema: names are resolved, logical types are dropped, and recursive types form cycles of
 * objects.
 */

/** A type without parts. */
export interface ScalarType {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'
}

/** A fixed number of bytes. */
export interface FixedType {
  readonly kind: 'fixed'
  /** The full name, as in all named types. */
  readonly name: string
  readonly size: number
}

/** One of the symbols, encoded as its index. */
export interface EnumType {
  readonly kind: 'enum'
  readonly name: string
  readonly symbols: readonly string[]
}

/** A list of values of one type. */
export interface ArrayType {
  readonly kind: 'array'
  readonly items: AvroType
}

/** Values of one type by string keys. */
export interface MapType {
  readonly kind: 'map'
  readonly values: AvroType
}

/** A field of a record. */
export interface Field {
  readonly name: string
  /** Alternative names of the field in JSON. */
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** The default as JSON; absent when there is none. The codec never uses it for missing values. */
  readonly default?: unknown
}

/** Fields in the order of their encoding. An `error` is a record too. */
export interface RecordType {
  readonly kind: 'record'
  readonly name: string
  readonly fields: readonly Field[]
}

/** A value of one of the branches. No branch is a union, and branch names are unique. */
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

/** Returns the name of a union branch: the full name, or the kind of an unnamed type. */
export function branchName(type: Exclude<AvroType, UnionType>): string {
  return 'name' in type ? type.name : type.kind
}

/** Returns the expectation that Avro's JSON decoder reports for a type. */
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
