/** The cluster that a v3 path names. */
import { RestError } from '../../errors.ts'
import type { Services } from '../services.ts'
import { Place } from './links.ts'

/** The beginning of the paths of a cluster's resources. */
export const CLUSTER = '/v3/clusters/{cluster_id}'

/**
 * Returns the place of the cluster. Throws 404 if it is not the one of this proxy.
 *
 * @param message of the 404; by default the general one
 */
export async function clusterOf(
  services: Pick<Services, 'admin' | 'baseUri' | 'resourceNameAuthority'>,
  clusterId: string,
  message?: (id: string) => string,
): Promise<Place> {
  if ((await services.admin.clusterId()) !== clusterId) {
    throw new RestError('NOT_FOUND', message?.(clusterId))
  }
  return Place.ofCluster(services, clusterId)
}

export const CANNOT_BE_FOUND = (id: string) => `Cluster ${id} cannot be found.`
export const COULD_NOT_BE_FOUND = (id: string) => `Cluster ${id} could not be found.`
