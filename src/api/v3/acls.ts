/** Access control lists of Kafka. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { NO_CONTENT } from '../../http/route.ts'
import type { AclBinding } from '../../kafka/admin.ts'
import { byText } from './batches.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf, jsonOf } from './collection.ts'
import { badRequest, invalidPayload, required } from './dialect.ts'
import type { Place } from './links.ts'
import { type Enum, enumValueOf, ordinalOf } from './query.ts'
import { v3 } from './resources.ts'

/** Kafka's enums. The number of a value is its index. */
const RESOURCE_TYPES: Enum = {
  type: 'ResourceType',
  names: ['UNKNOWN', 'ANY', 'TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN'],
}
const PATTERN_TYPES: Enum = {
  type: 'PatternType',
  names: ['UNKNOWN', 'ANY', 'MATCH', 'LITERAL', 'PREFIXED'],
}
export const OPERATIONS: Enum = {
  type: 'Operation',
  names: [
    'UNKNOWN',
    'ANY',
    'ALL',
    'READ',
    'WRITE',
    'CREATE',
    'DELETE',
    'ALTER',
    'DESCRIBE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
  ],
}
const PERMISSIONS: Enum = { type: 'Permission', names: ['UNKNOWN', 'ANY', 'DENY', 'ALLOW'] }

const UNKNOWN = 0
const ANY = 1
const MATCH = 2

/** librdkafka has no number for delegation tokens. */
const DELEGATION_TOKEN = 6

const PATH = `${CLUSTER}/acls` as const

const Acl = Type.Object({
  kind: Type.Literal('KafkaAcl'),
  metadata: Type.Object({ self: Type.String() }),
  cluster_id: Type.String(),
  resource_type: Type.String(),
  resource_name: Type.String(),
  pattern_type: Type.String(),
  principal: Type.String(),
  host: Type.String(),
  operation: Type.String(),
  permission: Type.String(),
})

/** The members of an ACL in their order, as texts. */
interface AclTexts {
  readonly resource_type: string
  readonly resource_name: string
  readonly pattern_type: string
  readonly principal: string
  readonly host: string
  readonly operation: string
  readonly permission: string
}

function textsOf(binding: AclBinding): AclTexts {
  return {
    resource_type: RESOURCE_TYPES.names[binding.resource_type] as string,
    resource_name: binding.resource_name,
    pattern_type: PATTERN_TYPES.names[binding.pattern_type] as string,
    principal: binding.principal,
    host: binding.host,
    operation: OPERATIONS.names[binding.operation] as string,
    permission: PERMISSIONS.names[binding.permission] as string,
  }
}

/** The URL of the ACLs that match. */
function urlOf(cluster: Place, binding: AclBinding): string {
  return `${cluster.urlOf('acls')}?${new URLSearchParams({ ...textsOf(binding) })}`
}

function aclResource(cluster: Place, clusterId: string, binding: AclBinding) {
  return {
    kind: 'KafkaAcl',
    metadata: { self: urlOf(cluster, binding) },
    cluster_id: clusterId,
    ...textsOf(binding),
  }
}

function byMembers(left: AclBinding, right: AclBinding): number {
  return (
    left.resource_type - right.resource_type ||
    byText(left.resource_name, right.resource_name) ||
    left.pattern_type - right.pattern_type ||
    byText(left.principal, right.principal) ||
    byText(left.host, right.host) ||
    left.operation - right.operation ||
    left.permission - right.permission
  )
}

function described(enumeration: Enum) {
  return { type: 'text', description: `One of ${enumeration.names.join(', ')}.` } as const
}

const FILTER = {
  resource_type: described(RESOURCE_TYPES),
  resource_name: { type: 'text', description: 'Empty for any.' },
  pattern_type: described(PATTERN_TYPES),
  principal: { type: 'text', description: 'Empty for any.' },
  host: { type: 'text', description: 'Empty for any.' },
  operation: described(OPERATIONS),
  permission: described(PERMISSIONS),
} as const

const ENUM_MEMBERS = ['resource_type', 'pattern_type', 'operation', 'permission'] as const

/**
 * Returns the filter of a query. Throws 400 for an enum that is UNKNOWN.
 *
 * @param absent the value of an absent enum
 * @param what completes the message about an enum that is UNKNOWN
 */
function filterOf(
  query: { readonly [Name in keyof AclTexts]: string | undefined },
  absent: string,
  what: string,
): AclBinding {
  const filter = {
    resource_type: enumValueOf(RESOURCE_TYPES, query.resource_type ?? absent),
    resource_name: query.resource_name ?? '',
    pattern_type: enumValueOf(PATTERN_TYPES, query.pattern_type ?? absent),
    principal: query.principal ?? '',
    host: query.host ?? '',
    operation: enumValueOf(OPERATIONS, query.operation ?? absent),
    permission: enumValueOf(PERMISSIONS, query.permission ?? absent),
  }
  for (const name of ENUM_MEMBERS) {
    if (filter[name] === UNKNOWN) throw badRequest(`${name} cannot be ${what}`)
  }
  checkRepresentable(filter)
  return filter
}

function checkRepresentable({ resource_type }: AclBinding): void {
  if (resource_type < DELEGATION_TOKEN) return
  throw new RestError(
    'INVALID_KAFKA_REQUEST',
    'ACLs of delegation tokens cannot be asked for or changed here. Use kafka-acls.',
  )
}

export const listAcls = v3({
  operationId: 'getKafkaAcls',
  name: 'api.v3.acls.list',
  tag: 'ACL',
  method: 'GET',
  path: PATH,
  summary: 'Search for ACLs.',
  query: FILTER,
  responses: { 200: { description: 'The ACLs that match.', schema: collectionOf(Acl) } },
  async handler({ params, query }, services) {
    const filter = filterOf(query, 'any', 'UNKNOWN')
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const bindings = [...(await services.admin.describeAcls(filter))].sort(byMembers)
    return collection(
      'KafkaAclList',
      urlOf(cluster, filter),
      bindings.map((binding) => aclResource(cluster, params.cluster_id, binding)),
    )
  },
})

/** The members of an ACL in a body. */
const NewAcl = Type.Object({
  resource_type: Type.String(),
  resource_name: Type.String(),
  pattern_type: Type.String(),
  principal: Type.String(),
  host: Type.String(),
  operation: Type.String(),
  permission: Type.String(),
})

/** Unlike in a query the letter case counts. */
function bodyValueOf({ type, names }: Enum, member: string, text: string): number {
  const value = ordinalOf(names, text)
  if (value >= 0) return value
  throw new RestError(
    'BAD_REQUEST',
    `/${member} is ${JSON.stringify(text)}; a ${type} is one of ${names.join(', ')}.`,
  )
}

/** Throws 400 for values that stand for several, or for none. */
function bindingOf(acl: AclTexts): AclBinding {
  const binding = {
    resource_type: bodyValueOf(RESOURCE_TYPES, 'resource_type', acl.resource_type),
    resource_name: acl.resource_name,
    pattern_type: bodyValueOf(PATTERN_TYPES, 'pattern_type', acl.pattern_type),
    principal: acl.principal,
    host: acl.host,
    operation: bodyValueOf(OPERATIONS, 'operation', acl.operation),
    permission: bodyValueOf(PERMISSIONS, 'permission', acl.permission),
  }
  if (binding.resource_type <= ANY) throw badRequest('resource_type cannot be ANY')
  if (binding.pattern_type <= MATCH) {
    throw badRequest(`pattern_type cannot be ${PATTERN_TYPES.names[binding.pattern_type]}`)
  }
  if (binding.operation <= ANY) throw badRequest('operation cannot be ANY')
  if (binding.permission <= ANY) throw badRequest('permission cannot be ANY')
  checkRepresentable(binding)
  return binding
}

export const createAcl = v3({
  operationId: 'createKafkaAcls',
  name: 'api.v3.acls.create',
  tag: 'ACL',
  method: 'POST',
  path: PATH,
  summary: 'Create an ACL.',
  body: NewAcl,
  responses: { 201: { description: 'The ACL exists. Location is its URL.' } },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params, body }, services) {
    const binding = bindingOf(required(body))
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    await services.admin.createAcls([binding])
    return {
      status: 201,
      body: '',
      contentType: '',
      headers: [['Location', urlOf(cluster, binding)]],
    }
  },
})

export const createAcls = v3({
  operationId: 'batchCreateKafkaAcls',
  name: 'api.v3.acls.batch-create',
  tag: 'ACL',
  method: 'POST',
  path: `${PATH}:batch`,
  summary: 'Create ACLs.',
  body: Type.Object({ data: Type.Optional(Type.Array(NewAcl, { maxItems: 1000 })) }),
  responses: { 204: { description: 'The ACLs exist.' } },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params, body }, services) {
    const { data } = required(body)
    if (!data) throw invalidPayload('Empty input provided. Data is required.')
    const bindings = data.map(bindingOf)
    await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    await services.admin.createAcls(bindings)
    return NO_CONTENT
  },
})

export const deleteAcls = v3({
  operationId: 'deleteKafkaAcls',
  name: 'api.v3.acls.delete',
  tag: 'ACL',
  method: 'DELETE',
  path: PATH,
  summary: 'Delete the ACLs that match.',
  query: FILTER,
  responses: {
    200: {
      description: 'The ACLs that were deleted.',
      schema: Type.Object({ data: Type.Array(Acl) }),
    },
  },
  async handler({ params, query }, services) {
    const filter = filterOf(query, 'unknown', 'unspecified or UNKNOWN')
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const bindings = [...(await services.admin.deleteAcls(filter))].sort(byMembers)
    return jsonOf(
      '{"data":[',
      bindings.map((binding) => aclResource(cluster, params.cluster_id, binding)),
      ']}',
    )
  },
})
