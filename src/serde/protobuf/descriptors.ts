/** Converts a parsed .proto file to a descriptor, the output format of protoc. */
import { create } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  Edition,
  type EnumDescriptorProto,
  type FeatureSet,
  FeatureSet_EnumType,
  FeatureSet_FieldPresence,
  FeatureSet_MessageEncoding,
  FeatureSet_RepeatedFieldEncoding,
  FeatureSet_Utf8Validation,
  FeatureSetSchema,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { enumDescriptor, fieldDescriptor, jsonNameOf } from './descriptor-parts.ts'
import {
  type EnumNode,
  type FieldNode,
  isEnum,
  isExtension,
  isMessage,
  type MessageNode,
  type Nodes,
  type Options,
  type ProtoFile,
} from './proto-text.ts'
import { qualified, type TypeNames } from './type-names.ts'

const SCALARS: Readonly<Record<string, Type>> = {
  double: Type.DOUBLE,
  float: Type.FLOAT,
  int32: Type.INT32,
  int64: Type.INT64,
  uint32: Type.UINT32,
  uint64: Type.UINT64,
  sint32: Type.SINT32,
  sint64: Type.SINT64,
  fixed32: Type.FIXED32,
  fixed64: Type.FIXED64,
  sfixed32: Type.SFIXED32,
  sfixed64: Type.SFIXED64,
  bool: Type.BOOL,
  string: Type.STRING,
  bytes: Type.BYTES,
}
const TYPE_OF_KIND = { message: Type.MESSAGE, group: Type.GROUP, enum: Type.ENUM } as const

const SYNTAX: Readonly<Record<string, Pick<FileDescriptorProto, 'syntax' | 'edition'>>> = {
  proto2: { syntax: 'proto2', edition: Edition.EDITION_UNKNOWN },
  proto3: { syntax: 'proto3', edition: Edition.EDITION_UNKNOWN },
  2023: { syntax: 'editions', edition: Edition.EDITION_2023 },
  2024: { syntax: 'editions', edition: Edition.EDITION_2024 },
}

/**
 * Describes a file. Defaults of proto2 and options without an effect on the wire format or JSON are omitted.
 *
 * @param names all types that the file may use, including its own
 * @throws {InvalidSchemaError} when the file is invalid
 */
export function describeFile(file: ProtoFile, names: TypeNames): FileDescriptorProto {
  const syntax = SYNTAX[file.edition]
  if (syntax === undefined) {
    throw new InvalidSchemaError(
      `${file.path}: ${file.edition} is not supported, only proto2, proto3 and the editions 2023 and 2024`,
    )
  }
  return create(FileDescriptorProtoSchema, {
    ...syntax,
    name: file.path,
    package: file.package,
    dependency: [...file.imports],
    ...new Describer(file, names).describeNodes(file.package, file.nodes),
  })
}

interface Described {
  readonly messageType: DescriptorProto[]
  readonly enumType: EnumDescriptorProto[]
  readonly extension: FieldDescriptorProto[]
}

class Describer {
  readonly #file: ProtoFile
  readonly #names: TypeNames

  constructor(file: ProtoFile, names: TypeNames) {
    this.#file = file
    this.#names = names
  }

  describeNodes(scope: string, nodes: Nodes): Described {
    const described: Described = { messageType: [], enumType: [], extension: [] }
    for (const [name, node] of Object.entries(nodes)) {
      if (isMessage(node)) described.messageType.push(this.#describeMessage(scope, name, node))
      if (isEnum(node)) described.enumType.push(this.#describeEnum(scope, name, node))
      if (isExtension(node)) {
        const extendee = `.${this.#names.resolve(node.extend, scope).full}`
        described.extension.push({ ...this.#describeField(scope, name, node), extendee })
      }
    }
    return described
  }

  #describeMessage(outer: string, name: string, node: MessageNode): DescriptorProto {
    const scope = qualified(outer, name)
    const nested = this.describeNodes(scope, node.nested ?? {})
    const oneofs = oneofsOf(node)
    const oneofOf = new Map(
      oneofs.flatMap(([, ...members], index) => members.map((member) => [member, index] as const)),
    )
    const fields = Object.entries(node.fields).map(([fieldName, field]) => {
      const descriptor =
        field.keyType === undefined
          ? this.#describeField(scope, fieldName, field)
          : this.#describeMap(scope, fieldName, field, nested.messageType)
      const oneofIndex = oneofOf.get(fieldName)
      return oneofIndex === undefined ? descriptor : { ...descriptor, oneofIndex }
    })
    return create(DescriptorProtoSchema, {
      name,
      field: fields,
      nestedType: nested.messageType,
      enumType: nested.enumType,
      extension: nested.extension,
      // The end of a range is exclusive in descriptors.
      extensionRange: (node.extensions ?? []).map(([start, last]) => ({ start, end: last + 1 })),
      oneofDecl: oneofs.map(([oneofName]) => ({ name: oneofName ?? '' })),
      options: {
        mapEntry: node.options?.map_entry === true,
        ...featuresOf(node.options),
      },
    })
  }

  #describeEnum(outer: string, name: string, { values, options }: EnumNode): EnumDescriptorProto {
    const entries = Object.entries(values).map(([valueName, number]) => ({
      name: valueName,
      number,
    }))
    const isProto3 = this.#file.edition === 'proto3'
    return enumDescriptor(outer, name, isProto3, entries, featuresOf(options))
  }

  #describeField(scope: string, parsedName: string, field: FieldNode): FieldDescriptorProto {
    const reference = this.#typeOf(scope, field.type)
    const isGroup = reference.type === Type.GROUP && declaresGroup(parsedName, field)
    // protoc converts the whole group name to lower case, protobufjs only its first letter.
    const name = isGroup ? parsedName.toLowerCase() : parsedName
    return fieldDescriptor(scope, name, field.id, {
      ...reference,
      ...(reference.type === Type.GROUP && !isGroup && { type: Type.MESSAGE }),
      label:
        field.rule === 'repeated'
          ? Label.REPEATED
          : field.rule === 'required'
            ? Label.REQUIRED
            : Label.OPTIONAL,
      jsonName: field.options?.json_name ?? jsonNameOf(name),
      proto3Optional: field.options?.proto3_optional === true,
      options: {
        ...(field.options?.packed !== undefined && { packed: field.options.packed }),
        ...featuresOf(field.options),
      },
    })
  }

  /** Describes a map: a repeated entry message of key and value, nested in the same message. */
  #describeMap(
    scope: string,
    name: string,
    field: FieldNode,
    nested: DescriptorProto[],
  ): FieldDescriptorProto {
    const entryName = `${upperFirst(jsonNameOf(name))}Entry`
    const entry = qualified(scope, entryName)
    const key = { name: 'key', number: 1, ...this.#typeOf(scope, field.keyType ?? 'string') }
    const value = { name: 'value', number: 2, ...this.#typeOf(scope, field.type) }
    nested.push(
      create(DescriptorProtoSchema, {
        name: entryName,
        field: [key, value].map((part) => fieldDescriptor(entry, part.name, part.number, part)),
        options: { mapEntry: true, ...featuresOf(field.options) },
      }),
    )
    return fieldDescriptor(scope, name, field.id, {
      type: Type.MESSAGE,
      typeName: `.${entry}`,
      label: Label.REPEATED,
      jsonName: field.options?.json_name ?? jsonNameOf(name),
    })
  }

  #typeOf(scope: string, name: string): { readonly type: Type; readonly typeName?: string } {
    const scalar = Object.hasOwn(SCALARS, name) ? SCALARS[name] : undefined
    if (scalar !== undefined) return { type: scalar }
    const { full, kind } = this.#names.resolve(name, scope)
    return { type: TYPE_OF_KIND[kind], typeName: `.${full}` }
  }
}

/** Whether a field declares its group. For other fields the group is a message. */
function declaresGroup(parsedName: string, { type }: FieldNode): boolean {
  return parsedName === type.charAt(0).toLowerCase() + type.slice(1)
}

/**
 * Returns the names of each oneof and of its fields. Synthetic oneofs of `optional` come last, as descriptors require.
 */
function oneofsOf({ oneofs, fields }: MessageNode): string[][] {
  const all = Object.entries(oneofs ?? {}).map(([name, { oneof }]) => [name, ...oneof])
  const isSynthetic = ([, member = '']: string[]) =>
    fields[member]?.options?.proto3_optional === true
  return [...all.filter((one) => !isSynthetic(one)), ...all.filter(isSynthetic)]
}

/**
 * Returns the features that affect the wire format or JSON. They are set one by one, because Protobuf-ES would cache a
 * reader for features in JSON.
 */
function featuresOf(options: Options | undefined): { features?: FeatureSet } {
  const features = options?.features
  if (features === undefined) return {}
  const number = (names: object, name: string | undefined): number | undefined =>
    name === undefined ? undefined : (names as Record<string, number>)[name]
  const init = {
    fieldPresence: number(FeatureSet_FieldPresence, features['field_presence']),
    enumType: number(FeatureSet_EnumType, features['enum_type']),
    repeatedFieldEncoding: number(
      FeatureSet_RepeatedFieldEncoding,
      features['repeated_field_encoding'],
    ),
    utf8Validation: number(FeatureSet_Utf8Validation, features['utf8_validation']),
    messageEncoding: number(FeatureSet_MessageEncoding, features['message_encoding']),
  }
  const set = Object.entries(init).filter(([, value]) => value !== undefined)
  return { features: create(FeatureSetSchema, Object.fromEntries(set)) }
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
