/** Keys that select the enabled parts of the REST API. */

import { bool, each, refused, unsupported } from '../define.ts'

/** Keys that select the enabled parts of the REST API. */
export const apiKeys = {
  'api.v2.enable': bool({
    default: true,
    importance: 'high',
    doc: 'Serves the v2 API: topics, partitions, brokers, produce, and consumers.',
  }),

  'api.v3.enable': unsupported('there is no v3 API', ['false']),
  ...each(
    [
      'confluent.resource.name.authority',
      'api.v3.produce.rate.limit.enabled',
      'api.v3.produce.rate.limit.max.requests.per.sec',
      'api.v3.produce.rate.limit.max.requests.global.per.sec',
      'api.v3.produce.rate.limit.max.bytes.per.sec',
      'api.v3.produce.rate.limit.max.bytes.global.per.sec',
      'api.v3.produce.rate.limit.cache.expiry.ms',
      'api.v3.produce.response.thread.pool.size',
      'api.v3.produce.batch.maximum.entries',
      'api.v3.produce.request.size.limit.max.bytes',
      'streaming.connection.max.duration.ms',
      'streaming.connection.max.duration.grace.period.ms',
    ],
    unsupported('there is no v3 API', ['']),
  ),
  ...each(
    ['api.endpoints.allowlist', 'api.endpoints.blocklist'],
    refused('single endpoints cannot be disabled', ['']),
  ),
} as const
