/** Through a JSON value by the message that it stands for, to each value that a field has. Judges nothing. */
import type { DescExtension, DescField, DescMessage, Registry } from '@bufbuild/protobuf'
import { isWrapperDesc } from '@bufbuild/protobuf/wkt'

/** A field, or one that a message has by extension. */
export type Field = DescField | DescExtension

/** A field that is a map. */
export type MapField = Field & { readonly fieldKind: 'map' }

/** Where a value stands: in an object under a name, or in an array at an index. */
export type Container = Record<string | number, unknown>

/** What is done on the way. */
export interface Visitor {
  /** At each value of a field that isn't a message, also of a list, of a map, or in a wrapper. */
  visitScalar(field: Field, container: Container, key: string | number): void
  /** At each member that is null, before anything else; afterwards it may be gone. */
  visitNull?(field: Field, container: Container, key: string): void
  /** At each key of a map. */
  visitKey?(field: MapField, key: string): void
  /** At each message whose JSON form isn't its fields: `Timestamp`, `Struct` and the like. */
  visitWellKnown?(message: DescMessage, container: Container, key: string | number): void
}

/** These are looked into: their JSON forms are made of the fields of other messages. */
const ANY = 'google.protobuf.Any'
const OPAQUE = [
  'google.protobuf.Duration',
  'google.protobuf.FieldMask',
  'google.protobuf.ListValue',
  'google.protobuf.Struct',
  'google.protobuf.Timestamp',
  'google.protobuf.Value',
]

/** One walk, or several of the same kind. */
export class JsonWalk {
  readonly #registry: Registry
  readonly #visitor: Visitor

  /** @param registry in which the types in an `Any` and extensions are found */
  constructor(registry: Registry, visitor: Visitor) {
    this.#registry = registry
    this.#visitor = visitor
  }

  /** Goes through a message. What is not as it should be is passed over. */
  walk(message: DescMessage, container: Container, key: string | number): void {
    const value = container[key]
    const [only] = message.fields
    if (only !== undefined && isWrapperDesc(message)) {
      this.#visitor.visitScalar(only, container, key)
    } else if (OPAQUE.includes(message.typeName)) {
      this.#visitor.visitWellKnown?.(message, container, key)
    } else if (isContainer(value)) {
      if (message.typeName === ANY) this.#walkAny(value)
      else this.#walkMembers(message, value)
    }
  }

  #walkAny(value: Container): void {
    const url = value['@type']
    if (typeof url !== 'string') return
    const message = this.#registry.getMessage(url.slice(url.lastIndexOf('/') + 1))
    if (message === undefined) return
    if (hasOwnForm(message)) this.walk(message, value, 'value')
    else this.#walkMembers(message, value)
  }

  #walkMembers(message: DescMessage, value: Container): void {
    const fields = fieldsByName(message)
    for (const name of Object.keys(value)) {
      const field = fields.get(name) ?? this.#findExtension(name)
      if (field !== undefined && !this.#losesNull(field, value, name)) {
        this.#walkField(field, value, name)
      }
    }
  }

  #losesNull(field: Field, container: Container, key: string): boolean {
    if (container[key] === null) this.#visitor.visitNull?.(field, container, key)
    return !Object.hasOwn(container, key)
  }

  #findExtension(name: string): DescExtension | undefined {
    return name.startsWith('[') ? this.#registry.getExtension(name.slice(1, -1)) : undefined
  }

  #walkField(field: Field, container: Container, key: string): void {
    const value = container[key]
    if (field.fieldKind !== 'list' && field.fieldKind !== 'map') {
      this.#walkOne(field, container, key)
    } else if (isContainer(value)) {
      const items = Array.isArray(value) ? value.keys() : Object.keys(value)
      for (const item of items) {
        if (field.fieldKind === 'map') this.#visitor.visitKey?.(field, `${item}`)
        this.#walkOne(field, value, item)
      }
    }
  }

  #walkOne(field: Field, container: Container, key: string | number): void {
    if (field.message !== undefined) this.walk(field.message, container, key)
    else this.#visitor.visitScalar(field, container, key)
  }
}

/** Whether its JSON isn't its fields: in an `Any` it stands in `value`, where the others' members stand beside `@type`. */
export function hasOwnForm(message: DescMessage): boolean {
  const { typeName } = message
  return typeName === ANY || OPAQUE.includes(typeName) || isWrapperDesc(message)
}

const fieldsOfMessages = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>()

/** By both names that a field has in JSON. */
export function fieldsByName(message: DescMessage): ReadonlyMap<string, DescField> {
  const known = fieldsOfMessages.get(message)
  if (known !== undefined) return known
  const names = message.fields.flatMap((field) => [
    [field.name, field] as const,
    [field.jsonName, field] as const,
  ])
  const fields = new Map(names)
  fieldsOfMessages.set(message, fields)
  return fields
}

/** Whether it is an object or an array. */
export function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
