/** Keys of logs and metrics. */

import { parseCollector } from '../collector-url.ts'
import { bool, each, ignored, int, oneOf, string } from '../define.ts'

const DESTINATIONS = '`stdout`, `stderr`, or the absolute path of a file'

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
      'the records that it wrote or read (`records`), ' +
      'the time until the response began (`firstByteMs`) and ended (`ms`), and the process of a cluster that sent it ' +
      '(`forwardedBy`). The lines do not depend on `sluice.log.level`. ' +
      'The client address is the peer address of the connection, or the address that a proxy of ' +
      '`sluice.trusted.proxies` names.',
  }),
  'use.custom.request.logging': bool({
    default: true,
    importance: 'low',
    doc: 'Adds the error code and the number of failed records to the lines of the request log.',
  }),
  'sluice.log.requests.format': oneOf(['json', 'ncsa'], {
    default: 'json',
    importance: 'low',
    doc:
      "Format of the lines of the request log. `ncsa` is the line of Confluent's proxy: NCSA's extended format, the " +
      'milliseconds of the request, and with `use.custom.request.logging` two fields for the error code and the failed records, ' +
      '`-` without any.',
  }),
  'sluice.log.requests.destination': {
    ...string({
      default: 'stdout',
      importance: 'low',
      doc:
        'Destination of the request log. A file is appended to, and opened again on SIGHUP, so that `logrotate` can move it. ' +
        'A file that cannot be opened prevents the start.',
    }),
    valid: DESTINATIONS,
  },
  'sluice.log.requests.one.of': int({
    default: 1,
    min: 1,
    max: 1000000,
    importance: 'low',
    doc:
      'Logs one of so many requests. Requests with an error status or failed records, and those whose client left, are always ' +
      'logged.',
  }),
  'sluice.audit.log': {
    ...string({
      default: '',
      importance: 'medium',
      doc:
        'Destination of the audit log, as for `sluice.log.requests.destination`; empty: none. It has a line of JSON for each ' +
        'request that was refused for its credentials (401) or its rights (403), and for each request that changes something ' +
        'for all clients, as the creation of a topic. It has no credentials, and not the names that failed logins give: people type ' +
        'passwords there.',
    }),
    valid: `empty, ${DESTINATIONS}`,
  },
  'sluice.audit.log.max.per.second': int({
    default: 20,
    min: 1,
    max: 100000,
    importance: 'low',
    doc:
      'Largest number of lines of each kind that an event loop adds to the audit log in a second. A line tells how many were left out, ' +
      'and `sluice_log_omitted_lines_total` counts them.',
  }),
  'sluice.tracing': oneOf(['off', 'propagate', 'otlp'], {
    default: 'off',
    importance: 'medium',
    doc:
      'Traces of requests (W3C Trace Context). `propagate`: the headers `traceparent` and `tracestate` of a request become headers of ' +
      'its records. `otlp`: each request has a span, too, which is the parent of its records, and spans are sent to a collector by ' +
      'OTLP over HTTP. A record that brings its own header `traceparent` keeps it.',
  }),
  'sluice.tracing.endpoint': {
    ...string({
      default: '',
      shownDefault:
        '`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` in the environment, or `http://localhost:4318`',
      importance: 'medium',
      doc:
        'URL of the collector for `sluice.tracing=otlp`; without a path it gets `/v1/traces`. Headers, as those with a key, and time limits are ' +
        'in the environment: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_TIMEOUT`; `OTEL_SERVICE_NAME` and ' +
        '`OTEL_RESOURCE_ATTRIBUTES` name the process. While the collector does not answer, an event loop keeps 2048 spans and drops the others.',
    }),
    valid: '`https://host/path` or `http://host/path`, without a user',
    parse: parseCollector,
  },
  'sluice.tracing.one.of': int({
    default: 1,
    min: 1,
    max: 1000000,
    importance: 'low',
    doc: 'Sends the spans of one of so many traces that begin here. A request with a `traceparent` follows the decision of its caller.',
  }),
  'sluice.metrics.brokers.max': int({
    default: 0,
    min: 0,
    max: 1000,
    importance: 'low',
    doc:
      'Largest number of brokers whose connections `/metrics` shows, as the producers see them: states, waiting requests, round trips, ' +
      'throttling. They are measured every `statistics.interval.ms` (ten seconds), in time that grows with the number of ' +
      'partitions produced to. 0 turns these metrics off.',
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

  'request.logger.name': ignored(
    'log lines contain no logger names; sluice.log.requests turns the request log on',
  ),
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
