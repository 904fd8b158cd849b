/**
 * The type URLs in `Any` as clients write them. Protobuf-ES packs every type under type.googleapis.com, so the URLs
 * are restored by walking its message together with the JSON value.
 */
import {
  type DescMessage,
  fromBinary,
  getExtension,
  isMessage,
  type Message,
  type Registry,
  setExtension,
  toBinary,
} from '@bufbuild/protobuf'
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt'
import { PayloadError } from '../codec.ts'
import { integerText, parseDecimal } from '../digits/decimal.ts'
import { excerpt } from '../limits/text-length.ts'
import { type Container, type Field, fieldsByName, hasOwnForm, isContainer } from './json-walk.ts'
import { canReachAny } from './reachable.ts'

/** The longest key of a map has this many digits. */
const MAX_DIGITS = 20

/** Restores the URLs of a registry's types. */
export class AnyUrls {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** @param message the message that Protobuf-ES made of `json`; modified in place */
  restore(descriptor: DescMessage, message: unknown, json: unknown): void {
    if (!canReachAny(descriptor) || !isMessage(message) || !isContainer(json)) return
    if (isMessage(message, AnySchema)) this.#restoreAny(message, json)
    else for (const name of Object.keys(json)) this.#restoreMember(descriptor, message, json, name)
  }

  #restoreAny(any: Any, json: Container): void {
    const url = json['@type']
    if (typeof url !== 'string') return
    const descriptor = this.#registry.getMessage(url.slice(url.lastIndexOf('/') + 1))
    if (descriptor === undefined) return
    if (hasOwnForm(descriptor)) refuseOthers(json)
    any.typeUrl = url
    if (!canReachAny(descriptor)) return
    const content = fromBinary(descriptor, any.value)
    this.restore(descriptor, content, isMessage(content, AnySchema) ? json['value'] : json)
    any.value = toBinary(descriptor, content)
  }

  #restoreMember(descriptor: DescMessage, message: Message, json: Container, name: string): void {
    const field = fieldsByName(descriptor).get(name)
    if (field !== undefined) {
      const members = message as unknown as Container
      const oneof = field.oneof && (members[field.oneof.localName] as Container)
      this.#restoreField(field, oneof ? oneof['value'] : members[field.localName], json[name])
    } else if (name.startsWith('[')) {
      this.#restoreExtension(message, json, name)
    }
  }

  /** Extensions are stored as bytes: each access decodes a new value. */
  #restoreExtension(message: Message, json: Container, name: string): void {
    const extension = this.#registry.getExtension(name.slice(1, -1))
    if (extension?.message === undefined || !canReachAny(extension.message)) return
    const value = getExtension(message, extension)
    this.#restoreField(extension, value, json[name])
    setExtension(message, extension, value)
  }

  #restoreField(field: Field, value: unknown, json: unknown): void {
    const { message } = field
    if (message === undefined) return
    if (field.fieldKind === 'message') this.restore(message, value, json)
    else if (isContainer(value) && isContainer(json)) {
      for (const key of Object.keys(json))
        this.restore(message, value[placeOf(key, value)], json[key])
    }
  }
}

/** Refuses other members beside a value that is not a message with fields; Protobuf-ES ignores them. */
function refuseOthers(json: Container): void {
  const other = Object.keys(json).find((name) => name !== '@type' && name !== 'value')
  if (other === undefined) return
  throw new PayloadError(`Cannot find field: ${excerpt(other)} in message ${AnySchema.typeName}`)
}

/** Returns the map key or list index under which Protobuf-ES stored a value: `007` becomes 7. */
function placeOf(key: string, values: Container): string {
  if (Object.hasOwn(values, key)) return key
  const decimal = parseDecimal(key)
  return (decimal && integerText(decimal, MAX_DIGITS)) ?? `${Number(key)}`
}
