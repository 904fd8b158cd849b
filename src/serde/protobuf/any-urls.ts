/**
 * The URLs of types in an `Any`, as clients write them: the library packs all of them under type.googleapis.com.
 * What it has made of a JSON value is gone through together with that value.
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

/** No key of a map has more digits. */
const MAX_DIGITS = 20

/** Puts URLs back, for the types of a registry. */
export class AnyUrls {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** @param message that the library has made of `json`; changed in its place */
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

  /** They are bytes, of which each look makes a new value. */
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

/** The library passes over what stands beside a value that is no message with fields. */
function refuseOthers(json: Container): void {
  const other = Object.keys(json).find((name) => name !== '@type' && name !== 'value')
  if (other === undefined) return
  throw new PayloadError(`Cannot find field: ${excerpt(other)} in message ${AnySchema.typeName}`)
}

/** Under which key of a map, or index of a list, the library has put a value: `007` is 7. */
function placeOf(key: string, values: Container): string {
  if (Object.hasOwn(values, key)) return key
  const decimal = parseDecimal(key)
  return (decimal && integerText(decimal, MAX_DIGITS)) ?? `${Number(key)}`
}
