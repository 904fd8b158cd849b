/** Keys of logs and metrics. */

import { bool, each, ignored, oneOf } from '../define.ts'

/** Keys of logs and metrics. */
export const logKeys = {
  'sluice.log.level': oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
    default: 'info',
    importance: 'medium',
    doc: 'Lowest level of the lines in the log.',
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
    doc: 'Logs each request: method, path, status, bytes, duration, and request id.',
  }),
  'use.custom.request.logging': bool({
    default: true,
    importance: 'low',
    doc: 'Adds the error code and the number of failed records to the lines of the request log.',
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
