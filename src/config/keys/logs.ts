/** Keys of logs and metrics. */

import { bool, each, ignored, int, oneOf } from '../define.ts'

/** Keys of logs and metrics. */
export const logKeys = {
  'sluice.log.level': oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
    default: 'info',
    importance: 'medium',
    doc:
      'Lowest level of the lines in the log. `trace` logs two lines for each request: its head when it ' +
      'arrives, and its end.',
  }),
  'sluice.log.format': oneOf(['auto', 'json', 'pretty'], {
    default: 'auto',
    importance: 'low',
    doc:
      'Format of the lines on standard output; `auto` is `pretty` on a terminal and `json` ' +
      'elsewhere.',
  }),
  'sluice.log.requests': bool({
    default: false,
    importance: 'medium',
    doc:
      'Logs each request: client address, method, path, status, bytes, duration, and request id. The ' +
      'address is that of the connection: behind a load balancer, that of the balancer.',
  }),
  'use.custom.request.logging': bool({
    default: true,
    importance: 'low',
    doc: 'Adds the error code and the number of failed records to the lines of the request log.',
  }),
  'sluice.metrics.consumer.lag.partitions.max': int({
    default: 0,
    min: 0,
    max: 100000,
    importance: 'medium',
    doc:
      'Largest number of partitions whose lag `/metrics` shows. Each has a line with the names of ' +
      'group, instance and topic. Partitions of the oldest instances come first. 0 turns lag off. An ' +
      'instance measures its lag every `statistics.interval.ms` (ten seconds), from the ends of ' +
      'partitions in its fetch responses. An instance that no client reads does not fetch; it asks ' +
      'the leaders of its partitions for the ends, one request each. A scrape sends no requests.',
  }),

  'request.logger.name': ignored('log lines carry no logger names'),
  ...each(
    [
      'metrics.jmx.prefix',
      'metric.reporters',
      'metrics.sample.window.ms',
      'metrics.num.samples',
      'metrics.tag.map',
      'metrics.latency.slo.sla.enable',
      'metrics.latency.slo.ms',
      'metrics.latency.sla.ms',
      'percentile.max.latency.ms',
      'metrics.global.stats.request.tags.enable',
      'disable.response.size.metrics.collection',
    ],
    ignored('metrics are at GET /metrics, not in JMX'),
  ),
} as const
