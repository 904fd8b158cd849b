/**
 * The parser of schemas with their references.
 *
 * avsc builds the types, including recursive ones. A hook, which avsc calls with each part of the schema, applies the
 * rules of Avro's Java parser where avsc has others:
 *
 * 1. A name without a namespace may also mean a type outside the current namespace.
 * 2. `{"type": "Name"}` refers to a type, as `"Name"` does.
 * 3. A namespace in a name wins over `namespace`, also for nested types.
 * 4. A default may match any branch of a union, and a long above 2^53.
 * 5. Names may contain any letter, and `constructor` is a valid name.
 * 6. A second, equal definition of a type is allowed.
 *
 * The hook gives avsc numbered names, and a fixed type in place of each record, whose fields are built one by one: avsc
 * would generate functions for a record, which takes most of the time of a large schema, and nothing calls them.
 */
import avsc, { type Type, type types } from 'avsc'
import type { Schema } from '../../schema-registry/schema.ts'
import { InvalidSchemaError } from '../codec.ts'
import { checkDefaults } from './default-values.ts'
import { candidates, checkName, checkUnique, jsonExcerpt, namesIn, qualify } from './names.ts'
import type {
  AvroType,
  EnumType,
  Field,
  FixedType,
  RecordType,
  ScalarType,
  UnionType,
} from './type.ts'

type Part = Readonly<Record<string, unknown>>

const SCALARS = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const NAMED = new Set(['record', 'error', 'enum', 'fixed'])
const NAMELESS = new Set(['array', 'map'])

/** @throws {InvalidSchemaError} when a text is not a schema, or a reference is missing */
export function parseSchema({ text, references }: Schema): AvroType {
  const parser = new SchemaParser()
  try {
    const type = withoutGeneratedCode(() => {
      for (const reference of references) parser.parse(reference.text)
      return parser.parse(text)
    })
    checkDefaults(parser.records)
    return type
  } catch (error) {
    if (error instanceof InvalidSchemaError) throw error
    // avsc recurses into nested schemas.
    if (error instanceof RangeError) throw new InvalidSchemaError('Nested too deeply.')
    throw new InvalidSchemaError(parser.withNames((error as Error).message))
  }
}

/** The member of avsc's types that generates a constructor for a type as a branch of a union. */
interface Generator {
  _createBranchConstructor: () => unknown
}

/** Builds types without the constructors that avsc generates for values, which nothing here creates. */
function withoutGeneratedCode<T>(build: () => T): T {
  const generator = avsc.Type.prototype as unknown as Generator
  const { _createBranchConstructor: generate } = generator
  generator._createBranchConstructor = () => null
  try {
    return build()
  } finally {
    generator._createBranchConstructor = generate
  }
}

/** A named type, and the part of the schema that defines it. */
interface Definition {
  readonly name: string
  readonly part: Part
  /** The type's name in avsc. */
  readonly number: string
  /** The types of a record's fields in order; empty for other types. */
  readonly fieldTypes: Type[]
}

/**
 * The limit for all names with their namespaces, in characters: a nested type inherits the namespace of the enclosing
 * one, so a text with one long namespace stands for names of many times its length.
 */
const MAX_NAMED = 20_000_000

/** Parses texts that may use the types of earlier texts. */
class SchemaParser {
  readonly records: RecordType[] = []

  /** Definitions by full name, and by avsc's name. */
  readonly #definitions = new Map<string, Definition>()
  readonly #numbered = new Map<string, Definition>()
  /** avsc's types by avsc's names. */
  readonly #registry: Record<string, Type> = {}
  /** The definitions that avsc gets instead of the original parts. */
  readonly #prepared = new WeakSet<object>()
  readonly #types = new Map<Type, AvroType>()
  /** The namespace of the enclosing type. */
  #namespace = ''
  /** The characters of names and namespaces so far. */
  #named = 0

  parse(text: string): AvroType {
    return this.#understand(this.#make(JSON.parse(text)))
  }

  /** Replaces avsc's names in a message by the schema's. */
  withNames(message: string): string {
    return message.replace(/T\d+/g, (number) => this.#numbered.get(number)?.name ?? number)
  }

  #make(part: unknown): Type {
    return avsc.Type.forSchema(part as Parameters<typeof avsc.Type.forSchema>[0], {
      registry: this.#registry,
      typeHook: (inner) => this.#visit(inner),
      wrapUnions: 'always',
    })
  }

  /** Returns the type for a part; undefined when avsc shall build it. */
  #visit(part: unknown): Type | undefined {
    if (typeof part === 'string') return this.#find(part)
    if (typeof part !== 'object' || part === null) {
      throw new InvalidSchemaError(`Schema not yet supported: ${part}`)
    }
    if (Array.isArray(part) || this.#prepared.has(part)) return undefined
    return this.#visitObject(part as Part)
  }

  #visitObject(part: Part): Type | undefined {
    const { type } = part
    if (typeof type !== 'string') throw new InvalidSchemaError(`No type: ${jsonExcerpt(part)}`)
    if (NAMELESS.has(type)) return undefined
    return NAMED.has(type) ? this.#define(part) : this.#find(type)
  }

  #find(name: string): Type | undefined {
    if (SCALARS.has(name)) return undefined
    this.#count(name)
    for (const full of candidates(name, this.#namespace)) {
      const definition = this.#definitions.get(full)
      if (definition !== undefined) return this.#registry[definition.number]
    }
    throw new InvalidSchemaError(`Undefined name: ${jsonExcerpt(name)}`)
  }

  #define(part: Part): Type {
    this.#count(part['name'])
    const { full, namespace } = qualify(part['name'], part['namespace'], this.#namespace)
    const known = this.#definitions.get(full)
    if (known !== undefined) return this.#same(known, part)
    namesIn(part, 'aliases')
    const number = `T${this.#definitions.size}`
    const definition: Definition = { name: full, part, number, fieldTypes: [] }
    // Recursive parts find this entry.
    this.#definitions.set(full, definition)
    this.#numbered.set(number, definition)
    const prepared = { name: number, ...prepare(part, full) }
    this.#prepared.add(prepared)
    const type = this.#make(prepared)
    if (isRecord(part)) {
      const enclosing = this.#namespace
      this.#namespace = namespace
      for (const field of part['fields'] as Part[]) {
        definition.fieldTypes.push(this.#make(field['type']))
      }
      this.#namespace = enclosing
    }
    return type
  }

  #count(name: unknown): void {
    this.#named += this.#namespace.length + (typeof name === 'string' ? name.length : 0)
    if (this.#named > MAX_NAMED) {
      throw new InvalidSchemaError(
        `The names with their namespaces have more than ${MAX_NAMED} characters: shorten the namespaces.`,
      )
    }
  }

  #same({ name, part, number }: Definition, again: Part): Type {
    if (JSON.stringify(part) === JSON.stringify(again)) return this.#registry[number] as Type
    throw new InvalidSchemaError(`Can't redefine: ${name}`)
  }

  #understand(type: Type): AvroType {
    const known = this.#types.get(type)
    if (known !== undefined) return known
    const understood = this.#translate(type)
    this.#types.set(type, understood)
    return understood
  }

  #translate(type: Type): AvroType {
    switch (type.typeName) {
      case 'union:wrapped':
        return this.#translateUnion(type as types.WrappedUnionType)
      case 'array':
        return { kind: 'array', items: this.#understand((type as types.ArrayType).itemsType) }
      case 'map':
        return { kind: 'map', values: this.#understand((type as types.MapType).valuesType) }
      case 'enum':
        return this.#translateEnum(type)
      case 'fixed':
        return this.#translateFixed(type as types.FixedType)
      default:
        return { kind: type.typeName as ScalarType['kind'] }
    }
  }

  #translateUnion({ types: branches }: types.WrappedUnionType): UnionType {
    return {
      kind: 'union',
      branches: branches.map((branch) => this.#understand(branch)) as UnionType['branches'],
    }
  }

  #translateEnum(type: Type): EnumType {
    const { name, part } = this.#definition(type)
    return { kind: 'enum', name, symbols: namesIn(part, 'symbols') }
  }

  #translateFixed(type: types.FixedType): RecordType | FixedType {
    const definition = this.#definition(type)
    if (isRecord(definition.part)) return this.#translateRecord(type, definition)
    return { kind: 'fixed', name: definition.name, size: type.size }
  }

  #translateRecord(type: Type, { name, part, fieldTypes }: Definition): RecordType {
    const fields: Field[] = []
    const record: RecordType = { kind: 'record', name, fields }
    // Recursive fields find this entry.
    this.#types.set(type, record)
    this.records.push(record)
    fieldTypes.forEach((fieldType, index) => {
      const fieldPart = (part['fields'] as Part[])[index] as Part
      fields.push(fieldOf(fieldPart, this.#understand(fieldType)))
    })
    return record
  }

  #definition(type: Type): Definition {
    return this.#numbered.get(type.name as string) as Definition
  }
}

/** Returns the definition of a named type for avsc, with numbered names. */
function prepare(part: Part, name: string): object {
  switch (part['type']) {
    case 'enum':
      return { type: 'enum', symbols: symbolsOf(part, name).map((_, index) => `s${index}`) }
    case 'fixed':
      return { type: 'fixed', size: part['size'] }
    default:
      checkFields(part, name)
      return { type: 'fixed', size: 1 }
  }
}

function isRecord({ type }: Part): boolean {
  return type === 'record' || type === 'error'
}

function symbolsOf(part: Part, name: string): readonly string[] {
  const symbols = namesIn(part, 'symbols')
  for (const symbol of symbols) checkName(symbol, 'symbol')
  checkUnique(symbols, `Duplicate enum symbol in ${name}`)
  const fallback = part['default']
  if (fallback !== undefined && fallback !== null && !symbols.includes(fallback as string)) {
    throw new InvalidSchemaError(`The default of enum ${name} is none of its symbols.`)
  }
  return symbols
}

function checkFields(part: Part, name: string): void {
  const { fields } = part
  if (!Array.isArray(fields)) throw new InvalidSchemaError(`Record ${name} has no fields.`)
  const names = fields.map((field) => checkName(Object(field).name, 'field'))
  checkUnique(names, `Duplicate field in record ${name}`)
  fields.forEach(({ type }, index) => {
    if (type === undefined) throw new InvalidSchemaError(`No field type: ${name}.${names[index]}`)
  })
}

function fieldOf(part: Part, type: AvroType): Field {
  const field = { name: part['name'] as string, aliases: namesIn(part, 'aliases'), type }
  return Object.hasOwn(part, 'default') ? { ...field, default: part['default'] } : field
}
