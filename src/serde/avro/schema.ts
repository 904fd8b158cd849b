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
 * The hook gives avsc numbered names and no defaults. Text from clients therefore never reaches the functions that
 * avsc generates.
 */
import avsc, { type Type, type types } from 'avsc'
import type { Schema } from '../../schema-registry/schema.ts'
import { InvalidSchemaError } from '../codec.ts'
import { checkDefaults } from './default-values.ts'
import { candidates, checkName, checkUnique, jsonExcerpt, namesIn, qualify } from './names.ts'
import type { AvroType, EnumType, Field, RecordType, ScalarType, UnionType } from './type.ts'

type Part = Readonly<Record<string, unknown>>

const SCALARS = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const NAMED = new Set(['record', 'error', 'enum', 'fixed'])
const NAMELESS = new Set(['array', 'map'])

/** @throws {InvalidSchemaError} when a text is not a schema, or a reference is missing */
export function parseSchema({ text, references }: Schema): AvroType {
  const parser = new SchemaParser()
  try {
    for (const reference of references) parser.parse(reference.text)
    const type = parser.parse(text)
    checkDefaults(parser.records)
    return type
  } catch (error) {
    if (error instanceof InvalidSchemaError) throw error
    // avsc recurses into nested schemas.
    if (error instanceof RangeError) throw new InvalidSchemaError('Nested too deeply.')
    throw new InvalidSchemaError(parser.withNames((error as Error).message))
  }
}

/** A named type, and the part of the schema that defines it. */
interface Definition {
  readonly name: string
  readonly part: Part
  /** The type's name in avsc. */
  readonly number: string
}

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
    for (const full of candidates(name, this.#namespace)) {
      const definition = this.#definitions.get(full)
      if (definition !== undefined) return this.#registry[definition.number]
    }
    throw new InvalidSchemaError(`Undefined name: ${jsonExcerpt(name)}`)
  }

  #define(part: Part): Type {
    const { full, namespace } = qualify(part['name'], part['namespace'], this.#namespace)
    const known = this.#definitions.get(full)
    if (known !== undefined) return this.#same(known, part)
    namesIn(part, 'aliases')
    const number = `T${this.#definitions.size}`
    const definition = { name: full, part, number }
    // Recursive parts find this entry.
    this.#definitions.set(full, definition)
    this.#numbered.set(number, definition)
    const prepared = { name: number, ...prepare(part, full) }
    this.#prepared.add(prepared)
    const enclosing = this.#namespace
    this.#namespace = namespace
    const type = this.#make(prepared)
    this.#namespace = enclosing
    return type
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
      case 'record':
        return this.#translateRecord(type as types.RecordType)
      case 'enum':
        return this.#translateEnum(type)
      case 'fixed':
        return {
          kind: 'fixed',
          name: this.#definition(type).name,
          size: (type as types.FixedType).size,
        }
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

  #translateRecord(type: types.RecordType): RecordType {
    const { name, part } = this.#definition(type)
    const fields: Field[] = []
    const record: RecordType = { kind: 'record', name, fields }
    // Recursive fields find this entry.
    this.#types.set(type, record)
    this.records.push(record)
    type.fields.forEach((field, index) => {
      const fieldPart = (part['fields'] as Part[])[index] as Part
      fields.push(fieldOf(fieldPart, this.#understand(field.type)))
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
    default: {
      const fields = fieldPartsOf(part, name)
      return {
        type: 'record',
        fields: fields.map(({ type }, index) => ({ name: `f${index}`, type })),
      }
    }
  }
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

function fieldPartsOf(part: Part, name: string): Part[] {
  const { fields } = part
  if (!Array.isArray(fields)) throw new InvalidSchemaError(`Record ${name} has no fields.`)
  const names = fields.map((field) => checkName(Object(field).name, 'field'))
  checkUnique(names, `Duplicate field in record ${name}`)
  fields.forEach(({ type }, index) => {
    if (type === undefined) throw new InvalidSchemaError(`No field type: ${name}.${names[index]}`)
  })
  return fields
}

function fieldOf(part: Part, type: AvroType): Field {
  const field = { name: part['name'] as string, aliases: namesIn(part, 'aliases'), type }
  return Object.hasOwn(part, 'default') ? { ...field, default: part['default'] } : field
}
