/** Users of Kafka with passwords of SCRAM: an addition of Sluice's own. No answer and no error has a part of a body. */
import { type Static, Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { textOf } from '../../http/body-text.ts'
import { NO_CONTENT, ok, SMALL_BODY_BYTES } from '../../http/route.ts'
import type { ScramUser } from '../../kafka/admin.ts'
import { errorOfRow, isFailed } from '../../kafka/rows.ts'
import { decodeJsonBody } from '../json-body.ts'
import type { Services } from '../services.ts'
import { byText } from './batches.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { badRequest, V3_CONVENTIONS } from './dialect.ts'
import type { Place } from './links.ts'
import { type Enum, enumValueOf } from './query.ts'
import { resourceOf, SLUICE_TAG, v3 } from './resources.ts'

const USERS = `${CLUSTER}/scram-users` as const
const USER = `${USERS}/{user_name}` as const
const CREDENTIAL = `${USER}/{mechanism}` as const

/** Kafka's numbers. */
const MECHANISMS: Enum = {
  type: 'ScramMechanism',
  names: ['UNKNOWN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
}

/** Kafka's bounds; the smallest number is the default of its tool. */
const MIN_ITERATIONS = 4096
const MAX_ITERATIONS = 16_384

const User = resourceOf('KafkaScramUser', {
  user_name: Type.String(),
  credentials: Type.Array(Type.Object({ mechanism: Type.String(), iterations: Type.Integer() })),
})

const Password = Type.Object({
  password: Type.String({ minLength: 1, maxLength: 4096 }),
  iterations: Type.Optional(Type.Integer({ minimum: MIN_ITERATIONS, maximum: MAX_ITERATIONS })),
})

function userResource(cluster: Place, clusterId: string, { name, credentials }: ScramUser) {
  return {
    kind: 'KafkaScramUser',
    metadata: cluster.at(['scram-users', name], ['scram-user', name]).metadata,
    cluster_id: clusterId,
    user_name: name,
    credentials: credentials.map(({ mechanism, iterations }) => ({
      mechanism: MECHANISMS.names[mechanism] ?? 'UNKNOWN',
      iterations,
    })),
  }
}

export const listScramUsers = v3({
  operationId: 'listKafkaScramUsers',
  name: 'sluice.v3.scram-users.list',
  tag: SLUICE_TAG,
  method: 'GET',
  path: USERS,
  summary: 'List the users with passwords of SCRAM.',
  responses: { 200: { description: 'The users by name.', schema: collectionOf(User) } },
  async handler({ params: { cluster_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const users: ScramUser[] = []
    for (const row of await services.admin.describeScramUsers([])) {
      if (isFailed(row)) throw errorOfRow(row)
      users.push(row)
    }
    users.sort((left, right) => byText(left.name, right.name))
    return collection(
      'KafkaScramUserList',
      cluster.urlOf('scram-users'),
      users.map((user) => userResource(cluster, cluster_id, user)),
    )
  },
})

export const getScramUser = v3({
  operationId: 'getKafkaScramUser',
  name: 'sluice.v3.scram-users.get',
  tag: SLUICE_TAG,
  method: 'GET',
  path: USER,
  summary: 'Describe a user with passwords of SCRAM.',
  responses: { 200: { description: 'The user.', schema: User } },
  async handler({ params: { cluster_id, user_name } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    return ok(userResource(cluster, cluster_id, await userOf(services, user_name)))
  },
})

/** Throws 404 for a user without a password of SCRAM. Kafka's text does not serve: librdkafka appends bytes of the answer to it. */
async function userOf({ admin }: Pick<Services, 'admin'>, name: string): Promise<ScramUser> {
  try {
    const [user] = await admin.describeScramUsers([name])
    return user as ScramUser
  } catch (error) {
    if ((error as RestError).name !== 'NOT_FOUND') throw error
    throw new RestError('NOT_FOUND', `User ${name} has no password of SCRAM.`)
  }
}

export const setScramPassword = v3({
  operationId: 'updateKafkaScramPassword',
  name: 'sluice.v3.scram-users.update',
  tag: SLUICE_TAG,
  method: 'PUT',
  path: CREDENTIAL,
  summary:
    'Set the password of a user for a mechanism of SCRAM. A user that does not exist is created.',
  body: 'bytes',
  maxBodyBytes: SMALL_BODY_BYTES,
  bytes: Password,
  responses: { 204: { description: 'The user has the password.' } },
  async handler({ params: { cluster_id, user_name, mechanism }, body }, services) {
    const { password, iterations = MIN_ITERATIONS } = passwordOf(body)
    const number = mechanismOf(mechanism)
    await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    await services.admin.setScramPassword(user_name, number, iterations, password)
    return NO_CONTENT
  },
})

export const deleteScramPassword = v3({
  operationId: 'deleteKafkaScramPassword',
  name: 'sluice.v3.scram-users.delete',
  tag: SLUICE_TAG,
  method: 'DELETE',
  path: CREDENTIAL,
  summary: 'Delete the password of a user for a mechanism of SCRAM.',
  responses: { 204: { description: 'The user has no password for the mechanism.' } },
  async handler({ params: { cluster_id, user_name, mechanism } }, services) {
    const number = mechanismOf(mechanism)
    await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    await services.admin.deleteScramPassword(user_name, number)
    return NO_CONTENT
  },
})

function mechanismOf(text: string): number {
  const number = enumValueOf(MECHANISMS, text)
  if (number === 0) throw badRequest('mechanism cannot be UNKNOWN')
  return number
}

/** Errors of the parser quote the body, and this one has a password. */
function passwordOf(body: Parameters<typeof textOf>[0]): Static<typeof Password> {
  try {
    const decoded = decodeJsonBody(textOf(body), Password, V3_CONVENTIONS)
    if (decoded !== undefined) return decoded as Static<typeof Password>
  } catch {
    // The error below says what is expected.
  }
  throw badRequest(
    'the body is a JSON object with password, a text of 1 to 4096 bytes without NUL, and ' +
      `iterations, an integer from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}, which may be absent`,
  )
}
