/**
 * Message types of protobufjs whose fields are added in bounded time. `Type.add` looks for another field with the
 * number in an index that each addition drops, so a message of 4900 fields took 6 s to parse. Here the index of a
 * type lives as long as the type. It also compares each field with each reserved number and name; these comparisons
 * are counted.
 */
import { Field, Type } from 'protobufjs'
import { InvalidSchemaError } from '../codec.ts'

type FieldsById = Record<number, Field>

const indexes = new WeakMap<object, FieldsById>()

function indexOf(type: object): FieldsById {
  let index = indexes.get(type)
  if (index === undefined) {
    index = {}
    indexes.set(type, index)
  }
  return index
}

/** Comparisons of fields with reserved numbers and names. Real schemas need thousands. */
const MAX_COMPARISONS = 10_000_000

let comparisons = 0

/** Starts to count the comparisons of a file. */
export function startFile(): void {
  comparisons = 0
}

function compareWith(reserved: readonly unknown[] | undefined): void {
  comparisons += reserved?.length ?? 0
  if (comparisons > MAX_COMPARISONS) {
    throw new InvalidSchemaError(
      `fields and reserved numbers need more than ${MAX_COMPARISONS} comparisons: reserve ranges of numbers`,
    )
  }
}

/** Changes all types of the process. They are the same as before for other users of the library. */
export function boundTypes(): void {
  const { add, remove, isReservedId, isReservedName } = Type.prototype
  Object.defineProperty(Type.prototype, '_fieldsById', {
    configurable: true,
    get(this: Type) {
      return indexOf(this)
    },
    // The library assigns null to drop the index.
    set() {},
  })
  Type.prototype.add = function (this: Type, object) {
    const type = add.call(this, object)
    if (isOwnField(this, object)) indexOf(this)[object.id] = object
    return type
  }
  Type.prototype.isReservedId = function (this: Type, id) {
    compareWith(this.reserved)
    return isReservedId.call(this, id)
  }
  Type.prototype.isReservedName = function (this: Type, name) {
    compareWith(this.reserved)
    return isReservedName.call(this, name)
  }
  Type.prototype.remove = function (this: Type, object) {
    const type = remove.call(this, object)
    if (object instanceof Field) delete indexOf(this)[object.id]
    return type
  }
}

/** Whether a type has a field now. Extensions become nested objects, and some names are ignored. */
function isOwnField({ fields }: Type, object: object): object is Field {
  return object instanceof Field && fields[object.name] === object
}
