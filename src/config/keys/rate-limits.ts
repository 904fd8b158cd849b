/** Keys of rate limits. None has an effect yet. */

import { each, ignored, refused } from '../define.ts'

const NO_RATE_LIMITS = 'the rate of requests is not limited; limit it in a reverse proxy'

/** Keys of rate limits. */
export const rateLimitKeys = {
  ...each(
    ['rate.limit.enable', 'dos.filter.enabled', 'network.traffic.rate.limit.enable'],
    refused(NO_RATE_LIMITS, ['false']),
  ),
  ...each(
    [
      'rate.limit.backend',
      'rate.limit.permits.per.sec',
      'rate.limit.per.cluster.permits.per.sec',
      'rate.limit.per.cluster.cache.expiry.ms',
      'rate.limit.timeout.ms',
      'rate.limit.default.cost',
      'rate.limit.costs',
      'dos.filter.max.requests.per.sec',
      'dos.filter.max.requests.per.connection.per.sec',
      'dos.filter.delay.ms',
      'dos.filter.max.wait.ms',
      'dos.filter.throttled.requests',
      'dos.filter.throttle.ms',
      'dos.filter.max.requests.ms',
      'dos.filter.max.idle.tracker.ms',
      'dos.filter.insert.headers',
      'dos.filter.ip.whitelist',
      'dos.filter.managed.attr',
      'dos.filter.tenant.enabled',
      'dos.filter.tenant.max.requests.per.sec',
      'dos.filter.tenant.dry.run.enabled',
      'network.traffic.rate.limit.backend',
      'network.traffic.rate.limit.bytes.per.sec',
    ],
    ignored('they have an effect only with the key that enables the limit'),
  ),
} as const
