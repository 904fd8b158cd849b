/** Walks a JSON value along a message type and visits the value of each field. The walk validates nothing. */
import type { DescExtension, DescField, DescMessage, Registry } from '@bufbuild/protobuf'
import { isWrapperDesc } from '@bufbuild/protobuf/wkt'

/** A field or an extension. */
export type Field = DescField | DescExtension

/** A map field. */
export type MapField = Field & { readonly fieldKind: 'map' }

/** The object or array that contains a value under a name or an index. */
export type Container = Record<string | number, unknown>

/** The callbacks of a walk. */
export interface Visitor {
  /** Called for each message before its members, also for wrappers and for those with a JSON form of their own. */
  visitMessage?(message: DescMessage): void
  /** Called for each scalar or enum, also in lists, maps and wrappers. */
  visitScalar(field: Field, container: Container, key: string | number): void
  /** Called first for each null member; the callback may remove it. */
  visitNull?(field: Field, container: Container, key: string): void
  /** Called for each map key. */
  visitKey?(field: MapField, key: string): void
  /** Called for each message with a JSON form of its own, such as `Timestamp` and `Struct`. */
  visitWellKnown?(message: DescMessage, container: Container, key: string | number): void
}

/** `Any` is walked into, because its JSON contains the fields of another message. */
const ANY = 'google.protobuf.Any'
const OPAQUE = [
  'google.protobuf.Duration',
  'google.protobuf.FieldMask',
  'google.protobuf.ListValue',
  'google.protobuf.Struct',
  'google.protobuf.Timestamp',
  'google.protobuf.Value',
]

/** Walks values with one visitor. */
export class JsonWalk {
  readonly #registry: Registry
  readonly #visitor: Visitor

  /** @param registry resolves the types in `Any`, and extensions */
  constructor(registry: Registry, visitor: Visitor) {
    this.#registry = registry
    this.#visitor = visitor
  }

  /** Walks a message. Values of the wrong type are skipped. */
  walk(message: DescMessage, container: Container, key: string | number): void {
    const value = container[key]
    if (value !== null && value !== undefined) this.#visitor.visitMessage?.(message)
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

/**
 * Whether a message has a JSON form of its own. In an `Any` such a form is the member `value`; other messages have
 * their members beside `@type`.
 */
export function hasOwnForm(message: DescMessage): boolean {
  const { typeName } = message
  return typeName === ANY || OPAQUE.includes(typeName) || isWrapperDesc(message)
}

const fieldsOfMessages = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>()

/** Returns the fields by both of their JSON names. */
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

/** Whether a value is an object or an array. */
export function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
