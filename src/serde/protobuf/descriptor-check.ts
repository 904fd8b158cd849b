/**
 * Foreign descriptors, rebuilt from the parts that affect the wire format or JSON. Protobuf-ES trusts descriptors, so
 * duplicate types, map entries without a key and fields without a type are refused here.
 */
import { create, isFieldSet } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  Edition,
  type EnumDescriptorProto,
  type FeatureSet,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { enumDescriptor, type FieldInit, fieldDescriptor, jsonNameOf } from './descriptor-parts.ts'
import { qualified, type TypeNames } from './type-names.ts'

const EDITIONS: readonly Edition[] = [Edition.EDITION_2023, Edition.EDITION_2024]
const { type: TYPE, jsonName: JSON_NAME, oneofIndex: ONEOF } = FieldDescriptorProtoSchema.field
const { packed: PACKED } = FieldOptionsSchema.field

/** The types of map keys. */
const KEY_TYPES: readonly Type[] = [
  Type.BOOL,
  Type.STRING,
  ...[Type.INT32, Type.INT64, Type.UINT32, Type.UINT64, Type.SINT32, Type.SINT64],
  ...[Type.FIXED32, Type.FIXED64, Type.SFIXED32, Type.SFIXED64],
]

/**
 * Checks and rebuilds a descriptor.
 *
 * @param path the import path, which replaces the descriptor's own name
 * @param names all types that the file may use, including its own
 * @throws {InvalidSchemaError} when the descriptor is invalid
 */
export function checkDescriptor(
  path: string,
  file: FileDescriptorProto,
  names: TypeNames,
): FileDescriptorProto {
  const { syntax, edition } = file
  const isKnown = syntax === 'editions' ? EDITIONS.includes(edition) : /^(proto[23])?$/.test(syntax)
  if (!isKnown) {
    const what = syntax === 'editions' ? `the edition ${edition}` : `the syntax ${syntax}`
    throw new InvalidSchemaError(
      `${path}: ${what} is not supported, only proto2, proto3 and the editions 2023 and 2024`,
    )
  }
  const checker = new DescriptorChecker(syntax === 'proto3', names)
  return create(FileDescriptorProtoSchema, {
    syntax,
    edition,
    name: path,
    package: file.package,
    dependency: file.dependency,
    options: featuresOf(file.options),
    ...checker.checkTypes(file.package, file.messageType, file.enumType, file.extension),
  })
}

class DescriptorChecker {
  readonly #isProto3: boolean
  readonly #names: TypeNames

  constructor(isProto3: boolean, names: TypeNames) {
    this.#isProto3 = isProto3
    this.#names = names
  }

  /** Returns the types of a scope under the names of the file's members. */
  checkTypes(
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
    extensions: readonly FieldDescriptorProto[],
  ) {
    refuseTwice(scope, [...messages, ...enums, ...extensions].map(nameOf))
    return {
      messageType: messages.map((message) => this.#checkMessage(scope, message)),
      enumType: enums.map((each) => this.#checkEnum(scope, each)),
      extension: extensions.map((extension) => this.#checkExtension(scope, extension)),
    }
  }

  #checkMessage(outer: string, message: DescriptorProto): DescriptorProto {
    const scope = qualified(outer, message.name)
    const { nestedType, enumType, extension, field, oneofDecl } = message
    refuseTwice(scope, [...field, ...oneofDecl].map(nameOf))
    refuseTwice(
      scope,
      field.map(({ number }) => number),
    )
    const nested = this.checkTypes(scope, nestedType, enumType, extension)
    const fields = field.map((each) => this.#checkField(scope, each))
    const isEntry = message.options?.mapEntry === true
    if (isEntry) checkEntry(scope, fields)
    return create(DescriptorProtoSchema, {
      name: message.name,
      field: fields,
      nestedType: nested.messageType,
      enumType: nested.enumType,
      extension: nested.extension,
      extensionRange: message.extensionRange.map(({ start, end }) => ({ start, end })),
      oneofDecl: oneofDecl.map(({ name }) => ({ name })),
      options: { mapEntry: isEntry, ...featuresOf(message.options) },
    })
  }

  #checkEnum(scope: string, { name, value, options }: EnumDescriptorProto): EnumDescriptorProto {
    refuseTwice(qualified(scope, name), value.map(nameOf))
    return enumDescriptor(scope, name, this.#isProto3, value, featuresOf(options))
  }

  #checkExtension(scope: string, extension: FieldDescriptorProto): FieldDescriptorProto {
    const extendee = `.${this.#names.resolve(extension.extendee, scope).full}`
    return { ...this.#checkField(scope, extension), extendee }
  }

  #checkField(scope: string, field: FieldDescriptorProto): FieldDescriptorProto {
    const { name, number, label, proto3Optional } = field
    return fieldDescriptor(scope, name, number, {
      ...this.#typeOf(scope, field),
      label,
      proto3Optional,
      jsonName: isFieldSet(field, JSON_NAME) ? field.jsonName : jsonNameOf(name),
      ...(isFieldSet(field, ONEOF) && { oneofIndex: field.oneofIndex }),
      options: { ...packedOf(field), ...featuresOf(field.options) },
    })
  }

  /** A descriptor may omit the type of a field that has a type name. */
  #typeOf(scope: string, field: FieldDescriptorProto): Pick<FieldInit, 'type' | 'typeName'> {
    const { type, typeName } = field
    const isTyped = isFieldSet(field, TYPE)
    if (typeName === '' && isTyped && !isNamed(type)) return { type }
    if (typeName === '') {
      throw new InvalidSchemaError(`${qualified(scope, field.name)} has no type`)
    }
    const { full, kind } = this.#names.resolve(typeName, scope)
    const isEnum = kind === 'enum'
    if (!isTyped) return { type: isEnum ? Type.ENUM : Type.MESSAGE, typeName: `.${full}` }
    if (isNamed(type) && (type === Type.ENUM) === isEnum) return { type, typeName: `.${full}` }
    throw new InvalidSchemaError(
      `${qualified(scope, field.name)} is of type ${Type[type]}, which ${full} is not`,
    )
  }
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

/** Whether fields of a type have a type name. */
function isNamed(type: Type): boolean {
  return type === Type.MESSAGE || type === Type.GROUP || type === Type.ENUM
}

function refuseTwice(scope: string, all: readonly (string | number)[]): void {
  const seen = new Set<string | number>()
  for (const one of all) {
    if (seen.has(one))
      throw new InvalidSchemaError(`${one} is declared twice in ${scope || 'the file'}`)
    seen.add(one)
  }
}

/** Checks a map entry. Protobuf-ES takes the fields 1 and 2 for key and value. */
function checkEntry(scope: string, fields: readonly FieldDescriptorProto[]): void {
  const [key, value, ...others] = [...fields].sort((a, b) => a.number - b.number)
  const isEntry =
    key?.number === 1 &&
    value?.number === 2 &&
    others.length === 0 &&
    KEY_TYPES.includes(key.type) &&
    value.type !== Type.GROUP &&
    fields.every(({ label }) => label === Label.OPTIONAL)
  if (!isEntry) {
    throw new InvalidSchemaError(
      `${scope} is not a valid map entry: it needs the field key with number 1 of an integer type, bool or string, and the field value with number 2`,
    )
  }
}

/** Returns the features of a file, a message, an enum or a field. */
function featuresOf(options: { readonly features?: FeatureSet | undefined } | undefined): {
  features?: FeatureSet
} {
  return options?.features === undefined ? {} : { features: options.features }
}

function packedOf({ options }: FieldDescriptorProto): { packed?: boolean } {
  const isSet = options !== undefined && isFieldSet(options, PACKED)
  return isSet ? { packed: options.packed } : {}
}
