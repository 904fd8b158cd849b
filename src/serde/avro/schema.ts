/**
 * The text of a schema and of those that it refers to, understood.
 *
 * avsc nests types and knows their names. A hook, which it calls with each part of the schema, keeps
 * Avro's own rules where avsc has others:
 *
 * 1. A name without a namespace is also looked for outside of the namespace in which it stands.
 * 2. `{"type": "Name"}` refers to a type, just as `"Name"` does.
 * 3. A dot in a name beats `namespace`, also for the types inside.
 * 4. A default may be of any branch of a union, and a long above 2^53.
 * 5. Any letter is one in the names of fields and symbols, and `constructor` is a name as any other.
 *
 * For 4 and 5 avsc is given numbered names and no defaults. That also keeps what a client wrote, but
 * for the names of types, which avsc checks, out of the functions that avsc generates.
 */
import avsc, { type ForSchemaOptions, type Type, type types } from 'avsc'
import type { Schema } from '../../schema-registry/schema.ts'
import { InvalidSchemaError } from '../codec.ts'
import { checkDefaults } from './default-values.ts'
import { candidates, checkName, checkUnique, excerpt, namesIn, qualify } from './names.ts'
import type { AvroType, Field, RecordType, ScalarType, UnionType } from './type.ts'

type Part = Readonly<Record<string, unknown>>

const SCALARS = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const NAMED = new Set(['record', 'error', 'enum', 'fixed'])
const NAMELESS = new Set(['array', 'map'])

/** @throws {InvalidSchemaError} when one of the texts isn't a schema, or they don't fit together */
export function parseSchema({ text, references }: Schema): AvroType {
  const parser = new SchemaParser()
  try {
    for (const reference of references) parser.parse(reference.text)
    const type = parser.parse(text)
    checkDefaults(parser.records)
    return type
  } catch (error) {
    if (error instanceof InvalidSchemaError) throw error
    // avsc recurses into what the client has nested.
    if (error instanceof RangeError) throw new InvalidSchemaError('Nested too deeply.')
    throw new InvalidSchemaError((error as Error).message)
  }
}

/** Parses texts that may use the types of those before them. */
class SchemaParser {
  readonly records: RecordType[] = []

  /** avsc's, by full name. Without a prototype, so that a type may be called `constructor`. */
  readonly #registry: Record<string, Type> = Object.create(null)
  /** The parts of which avsc has made its named types. */
  readonly #sources = new Map<Type, Part>()
  /** What avsc is given in place of such parts. */
  readonly #prepared = new WeakSet<object>()
  readonly #types = new Map<Type, AvroType>()

  parse(text: string): AvroType {
    const type = avsc.Type.forSchema(JSON.parse(text), {
      registry: this.#registry,
      typeHook: (part, scope) => this.#visit(part, scope),
      wrapUnions: 'always',
    })
    return this.#understand(type)
  }

  /** The type that avsc is to take for a part; nothing when it is to make it itself. */
  #visit(part: unknown, scope: ForSchemaOptions): Type | undefined {
    if (typeof part === 'string') return this.#find(part, scope.namespace)
    if (typeof part !== 'object' || part === null) {
      throw new InvalidSchemaError(`Schema not yet supported: ${part}`)
    }
    if (Array.isArray(part) || this.#prepared.has(part)) return undefined
    return this.#visitObject(part as Part, scope)
  }

  #visitObject(part: Part, scope: ForSchemaOptions): Type | undefined {
    const { type } = part
    if (typeof type !== 'string') throw new InvalidSchemaError(`No type: ${excerpt(part)}`)
    if (NAMELESS.has(type)) return undefined
    return NAMED.has(type) ? this.#define(part, scope) : this.#find(type, scope.namespace)
  }

  #find(name: string, namespace = ''): Type | undefined {
    if (SCALARS.has(name)) return undefined
    const known = candidates(name, namespace).find((full) => this.#registry[full] !== undefined)
    if (known === undefined) throw new InvalidSchemaError(`Undefined name: ${excerpt(name)}`)
    return this.#registry[known]
  }

  #define(part: Part, scope: ForSchemaOptions): Type {
    const { full, namespace } = qualify(part['name'], part['namespace'], scope.namespace ?? '')
    namesIn(part, 'aliases')
    const prepared = { name: full, namespace, ...prepare(part, full) }
    this.#prepared.add(prepared)
    const type = avsc.Type.forSchema(prepared as Parameters<typeof avsc.Type.forSchema>[0], scope)
    this.#sources.set(type, part)
    return type
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
        return { kind: 'enum', name: nameOf(type), symbols: namesIn(this.#source(type), 'symbols') }
      case 'fixed':
        return { kind: 'fixed', name: nameOf(type), size: (type as types.FixedType).size }
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

  #translateRecord(type: types.RecordType): RecordType {
    const fields: Field[] = []
    const record: RecordType = { kind: 'record', name: nameOf(type), fields }
    // Before its fields, which may refer to it.
    this.#types.set(type, record)
    this.records.push(record)
    const parts = this.#source(type)['fields'] as Part[]
    type.fields.forEach((field, index) => {
      fields.push(fieldOf(parts[index] as Part, this.#understand(field.type)))
    })
    return record
  }

  #source(type: Type): Part {
    return this.#sources.get(type) as Part
  }
}

/** What avsc needs to know of a named type, in words that are ours. */
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

function nameOf(type: Type): string {
  return type.name as string
}
