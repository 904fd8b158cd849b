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
      'Logs each request: id, client address, principal, method, path, status, the bytes of both bodies (`bytesIn`, `bytes`), ' +
      'the time until the response began (`firstByteMs`) and ended (`ms`), and the process of a cluster that sent it ' +
      '(`forwardedBy`). ' +
      'The client address is the peer address of the connection, or the address that a proxy of ' +
      '`sluice.trusted.proxies` names.',
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
      'Largest number of partitions whose lag `/metrics` shows. Each partition has a line with ' +
      'the names of its group, instance and topic. Partitions of the oldest instances have ' +
      'precedence. 0 turns the lag metric off. An instance measures its lag every ' +
      '`statistics.interval.ms` (ten seconds), from the end offsets in its fetch responses. An ' +
      'instance without reads does not fetch; it requests the end offset of each partition from ' +
      'the leader. A scrape sends no requests to Kafka.',
  }),

  'request.logger.name': ignored('log lines contain no logger names'),
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
