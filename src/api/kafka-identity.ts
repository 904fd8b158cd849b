/** The identity with which a request uses Kafka. */
import { parseBasic } from '../auth/passwords.ts'
import type { InstanceCaller } from '../cluster/instance-directory.ts'
import { RestError } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Login } from '../kafka/settings/identity.ts'
import type { Services, SharedServices } from './services.ts'

type KafkaServices = Pick<Services, 'producer' | 'admin' | 'consumers' | 'schemas'>

/** The part of an exchange that tells who its client is. */
export type KafkaCaller = Pick<Exchange, 'principal' | 'login' | 'authorization'>

/**
 * Returns the services with which a request acts for its principal; undefined for those of the process. Throws 401
 * without a principal, and 403 for one without credentials, if principals act in Kafka as themselves.
 *
 * @param usesKafka false for a request that is served without Kafka
 * @param login returns the login of the caller
 */
export function kafkaServicesOf(
  shared: SharedServices,
  caller: KafkaCaller,
  usesKafka: boolean,
  login = () => loginOf(caller),
): Partial<KafkaServices> | undefined {
  const { principals, consumers, schemas } = shared
  const { principal } = caller
  if (!usesKafka) return undefined
  if (!principals)
    return principal === undefined ? undefined : { consumers: consumers.ownedBy(principal) }
  if (principal === undefined) throw new RestError('NO_PRINCIPAL')
  const clients = principals.get(principal, login)
  if (!schemas || !principals.haveRegistryLogins) return clients
  return { ...clients, schemas: schemas.as(() => principals.registryLoginOf(principal, login)) }
}

const CREDENTIALS = /^\S+ +(\S+) *$/

/** Returns the client of a request, for the processes of a cluster: its login only if Kafka is shown that. */
export function instanceCallerOf(
  { principals }: Pick<SharedServices, 'principals'>,
  caller: KafkaCaller,
): InstanceCaller {
  const { principal } = caller
  return { principal, login: principals?.passesLogins ? loginOf(caller) : undefined }
}

/** The login that has proved the name of the principal; undefined if something else did, such as a certificate. */
function loginOf({ principal, login, authorization }: KafkaCaller): Login | undefined {
  if (login === undefined || login.principal !== principal) return undefined
  const credentials = CREDENTIALS.exec(authorization)?.[1] ?? ''
  if (login.method === 'BEARER') {
    return { kind: 'token', token: credentials, expiresAt: login.expiresAt }
  }
  const given = parseBasic(credentials)
  return given?.name === principal ? { kind: 'password', password: given.password } : undefined
}
