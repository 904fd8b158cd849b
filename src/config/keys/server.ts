/** Keys of the HTTP server: addresses, connections, and answers that no single API gives. */

import { bool, each, ignored, int, list, long, string, unsupported } from '../define.ts'

/** Keys of the HTTP server. */
export const serverKeys = {
  listeners: list({
    default: [],
    shownDefault: '`http://0.0.0.0:<port>`',
    valid:
      '`http://host:port`, or `NAME://host:port` with NAME in `listener.protocol.map`; each with ' +
      'the same `/path` behind it, or none',
    importance: 'high',
    doc:
      'Addresses to accept connections on. With a path, everything is served below it, also ' +
      '`/healthy`, `/ready`, `/metrics` and `/openapi.json`. TLS is not supported yet: end it in a ' +
      'proxy in front.',
  }),
  'listener.protocol.map': list({
    default: [],
    valid: '`NAME:http`',
    importance: 'low',
    doc: 'What the names in `listeners` stand for.',
  }),
  'advertised.listeners': list({
    default: [],
    valid: '`http://host:port`, `https://host:port`, with a path or without',
    importance: 'high',
    doc:
      'Addresses for the URLs that clients are given; the first with the scheme of the request ' +
      'is taken. Behind a load balancer, give the address that leads to this process. Without a ' +
      'path, that of `listeners` is added.',
  }),
  'host.name': string({
    default: '',
    importance: 'medium',
    doc: 'Host in the URLs that clients are given when `advertised.listeners` has none for them.',
  }),
  port: int({
    default: 8082,
    min: 0,
    max: 65535,
    importance: 'low',
    doc: 'Port to listen on when `listeners` is empty, and port in URLs made with `host.name`.',
  }),
  'max.request.header.size': int({
    default: 32768,
    min: 4096,
    max: 1048576,
    importance: 'medium',
    doc:
      'Most bytes that the headers of a request may have. The default is above that of the ' +
      'original (8192), which many tokens exceed.',
  }),
  'idle.timeout.ms': long({
    default: 30000,
    min: 1,
    importance: 'medium',
    doc:
      'How long a request body or a response may make no progress before its connection is ' +
      'closed. A connection without a request is closed after about 10 s, whatever this says.',
  }),
  'server.connection.limit': int({
    default: 0,
    importance: 'medium',
    doc:
      'The largest number of open connections. At the limit the server accepts no more: new ones wait ' +
      'in the kernel, up to its backlog of 512, until one is closed. 0 and less is as many as the ' +
      'limit of descriptors (`ulimit -n`) allows, of which a quarter, at most 1024, is kept for ' +
      'sockets to Kafka. That limit holds in any case. Node.js raises it to the hard limit at start.',
  }),
  'connector.connection.limit': int({
    default: 0,
    importance: 'low',
    doc: 'The same for each address of `listeners`. 0 and less is no limit.',
  }),
  'sluice.connections.per.address.max': int({
    default: 0,
    min: 0,
    importance: 'medium',
    doc:
      'Connections that one client address may have open. Others of it are closed at once. 0 is no ' +
      'limit: all clients behind a load balancer or a NAT share an address.',
  }),
  'sluice.connection.send.buffer.bytes': int({
    default: 0,
    min: 0,
    max: 1073741823,
    importance: 'medium',
    doc:
      'Size of the kernel’s send buffer of each connection (SO_SNDBUF). It bounds the memory that a ' +
      'client holds which does not read; Linux doubles the size and limits it to net.core.wmem_max. ' +
      'The size divided by the round-trip time also bounds the rate of a response. 0 lets the kernel ' +
      'grow the buffer with the rate, up to the last number of net.ipv4.tcp_wmem, by default 4 MiB.',
  }),
  'sluice.request.upload.timeout.ms': long({
    default: 600000,
    min: 1,
    importance: 'low',
    doc:
      'How long a request body may take to arrive, however steadily it comes. What has arrived of ' +
      'it holds memory that others wait for.',
  }),
  'sluice.request.upload.min.bytes.per.second': long({
    default: 240,
    min: 0,
    importance: 'low',
    doc:
      'Least rate of a request body. One that has come slower for `idle.timeout.ms` is answered ' +
      'with 408, and its connection is closed. 0 takes every rate.',
  }),
  'sluice.request.arriving.max.bytes': long({
    default: -1,
    shownDefault: '`-1`, twice `sluice.request.max.bytes`',
    min: -1,
    importance: 'medium',
    doc:
      'Bytes of request bodies that have come in pieces and are not complete, in the whole ' +
      'process; they do not count for `sluice.produce.inflight.max.bytes`. When a piece finds no ' +
      'room, bodies that come slower for their size are answered with 429, the slowest first; ' +
      'if none does, that of the piece is.',
  }),
  'shutdown.graceful.ms': int({
    default: 5000,
    min: 0,
    importance: 'medium',
    doc: 'How long a stop waits for the requests that are running.',
  }),
  'sluice.shutdown.delay.ms': int({
    default: 0,
    min: 0,
    importance: 'medium',
    doc:
      'How long a stop still takes new connections, while `/ready` is 503 and each response ends ' +
      'its connection. Load balancers that ask `/ready` more often than that lose no request.',
  }),
  'response.mediatype.preferred': list({
    default: ['application/json', 'application/vnd.kafka.v2+json'],
    importance: 'low',
    doc: 'Content types for the body of a 415 answer; the one that the request accepts is taken.',
  }),
  'response.mediatype.default': string({
    default: 'application/json',
    importance: 'low',
    doc: 'Content type of the body of a 415 answer when the request accepts none of the preferred.',
  }),
  debug: bool({
    default: false,
    importance: 'low',
    doc: 'Tells clients the cause of an internal error. For development only.',
  }),

  'compression.enable': unsupported('responses are not compressed', ['false']),
  'http2.enabled': unsupported('connections speak HTTP/1.1', ['false']),
  'request.timeout.ms': unsupported('each operation has its own deadline', ['0']),
  'response.http.headers.config': unsupported('no headers are added to responses', ['']),
  'network.forwarded.request.customizer.enable': unsupported(
    'Forwarded and X-Forwarded headers are not read',
    ['false'],
  ),
  ...each(
    ['proxy.protocol.enabled', 'proxy.protocol.accepted.ip.range'],
    unsupported('the PROXY protocol is not spoken', ['false', '']),
  ),
  ...each(
    [
      'thread.pool.min',
      'thread.pool.max',
      'request.queue.capacity.init',
      'request.queue.capacity',
      'request.queue.capacity.growby',
      'request.timeout.interrupt.enable',
      'max.response.header.size',
      'jetty.legacy.uri.compliance',
      'websocket.path.prefix',
      'return.429.instead.of.500.for.jetty.response.errors',
    ],
    ignored('it tunes the Java HTTP server'),
  ),
  'suppress.stack.trace.response': ignored('answers never hold stack traces'),
} as const
