/** The identity with which a request uses Kafka. */
import { RestError } from '../errors.ts'
import type { Services, SharedServices } from './services.ts'

type KafkaServices = Pick<Services, 'producer' | 'admin' | 'consumers'>

/**
 * Returns the services with which a request acts for its principal; undefined for those of the process. Throws 401
 * without a principal, and 403 for one without credentials, if principals act in Kafka as themselves.
 *
 * @param usesKafka false for a request that is served without Kafka
 */
export function kafkaServicesOf(
  shared: SharedServices,
  principal: string | undefined,
  usesKafka: boolean,
): Partial<KafkaServices> | undefined {
  const { principals, consumers } = shared
  if (!usesKafka) return undefined
  if (!principals)
    return principal === undefined ? undefined : { consumers: consumers.ownedBy(principal) }
  if (principal === undefined) throw new RestError('NO_PRINCIPAL')
  return principals.get(principal)
}
