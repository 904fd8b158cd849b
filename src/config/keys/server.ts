/** Keys of the HTTP server: addresses, connections, and responses outside an API. */

import {
  bool,
  each,
  ignored,
  int,
  intOrAuto,
  list,
  long,
  MAX_TIMER_MS,
  string,
  ValueFault,
} from '../define.ts'
import { parseNetworkText } from '../network.ts'

/** Keys of the HTTP server. */
export const serverKeys = {
  listeners: list({
    default: [],
    shownDefault: '`http://0.0.0.0:<port>`',
    valid:
      '`http://host:port`, `https://host:port`, or `NAME://host:port` with NAME in `listener.protocol.map`; each with ' +
      'the same `/path` behind it, or none',
    importance: 'high',
    doc:
      'Addresses on which the server accepts connections. A path in an address is a prefix of ' +
      'the paths of all endpoints, including `/healthy`, `/ready`, `/metrics` and ' +
      '`/openapi.json`. `https` needs `ssl.keystore.location`.',
  }),
  'sluice.admin.listeners': list({
    default: [],
    valid: 'as `listeners`, without a path',
    importance: 'medium',
    doc:
      'Addresses for operators and their tools, which serve `/healthy`, `/ready` and `/metrics` and nothing else: without ' +
      'authentication, limits of connections and rates, and lists of endpoints. To have these paths at no other address, ' +
      'set `api.endpoints.blocklist=operations.healthy,operations.ready,operations.metrics`.',
  }),
  'listener.protocol.map': list({
    default: [],
    valid: '`NAME:http` and `NAME:https`',
    importance: 'low',
    doc: 'Protocols of the names in `listeners`.',
  }),
  'advertised.listeners': list({
    default: [],
    valid: '`http://host:port`, `https://host:port`, with a path or without',
    importance: 'high',
    doc:
      'Addresses in the URLs that responses contain (`base_uri`). The first address with the ' +
      'scheme of the request is used. Behind a load balancer, set the address that leads to ' +
      'this process. An address without a path gets the path of `listeners`.',
  }),
  'host.name': string({
    default: '',
    importance: 'medium',
    doc:
      'Host in the URLs that responses contain, if `advertised.listeners` has no address with ' +
      'the scheme of the request.',
  }),
  port: int({
    default: 8082,
    min: 0,
    max: 65535,
    importance: 'low',
    doc:
      'Port of the listener if `listeners` is empty, and port in the URLs that contain ' +
      '`host.name`.',
  }),
  'sluice.http.threads': intOrAuto({
    min: 1,
    max: 64,
    importance: 'medium',
    doc:
      'Number of event loops that serve the listeners, each in a thread of its own. `auto` is half ' +
      'of the cores, and at least 1: the other half is for the threads of the Kafka clients. `1` is one event ' +
      'loop in the main thread. Connections are spread over the event loops by the kernel.',
  }),
  'max.request.header.size': int({
    default: 32768,
    min: 4096,
    max: 1048576,
    importance: 'medium',
    doc:
      'Largest size of the headers of a request, in bytes. Many tokens exceed the default of ' +
      "Confluent's proxy, 8192.",
  }),
  'idle.timeout.ms': long({
    default: 75000,
    min: 1,
    max: MAX_TIMER_MS,
    importance: 'medium',
    doc:
      'Longest time without progress, in milliseconds: of a connection between requests, of a ' +
      'request body, and of a response that its client does not read. The server then closes the ' +
      'connection. It must exceed the idle timeout of the load balancer, which is 60 s for most; ' +
      'otherwise a request may meet a connection that is being closed.',
  }),
  'sluice.request.head.timeout.ms': long({
    default: 10000,
    min: 1,
    max: MAX_TIMER_MS,
    importance: 'low',
    doc:
      'Longest time from the first byte of a request to the end of its headers, in milliseconds. ' +
      'The server then answers 408 and closes the connection.',
  }),
  'server.connection.limit': int({
    default: 0,
    importance: 'medium',
    doc:
      'Largest number of open connections. At the limit the server stops accepting: further ' +
      "connections wait in the kernel's backlog of 512 until a connection is closed. The limit " +
      'of descriptors (`ulimit -n`) always applies; with 0 or less it is the only limit. A ' +
      'quarter of the descriptors, at most 1024, is reserved for connections to Kafka. Node.js ' +
      'raises the soft limit to the hard limit at start.',
  }),
  'connector.connection.limit': int({
    default: 0,
    importance: 'low',
    doc: 'Largest number of open connections of each address in `listeners`. 0 or less: no limit.',
  }),
  'sluice.connections.per.address.max': int({
    default: 0,
    min: 0,
    importance: 'medium',
    doc:
      'Largest number of open connections from one client address. The server closes further ' +
      'connections from this address at once. 0: no limit. All clients behind a load balancer or ' +
      'a NAT share an address.',
  }),
  'sluice.trusted.proxies': list({
    default: [],
    valid: 'addresses and networks, IPv4 and IPv6: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`',
    parseItem: parseNetworkText,
    importance: 'medium',
    doc:
      'Addresses of the proxies in front. Requests from these addresses may say in ' +
      '`X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`, or in `Forwarded` (RFC 7239), ' +
      'what their client has sent: scheme and host are those of `base_uri`, the address is that of ' +
      'the request log. The list of addresses is read from its end, up to the first address that is ' +
      'not trusted. From other addresses these headers have no effect, and neither have malformed ' +
      'values. `Forwarded` is read only in a request without the other headers. The proxy has to ' +
      'replace or remove headers of its clients: see [load-balancers.md](load-balancers.md).',
  }),
  'sluice.trusted.proxies.certificate.header': {
    ...string({
      default: '',
      importance: 'medium',
      doc:
        'Header in which the proxies of `sluice.trusted.proxies` name the certificate that they have verified. ' +
        '`X-Forwarded-Client-Cert` is read as Envoy writes it: the `Subject` of the last element counts. Any other header is a ' +
        "subject (RFC 2253), as nginx's `$ssl_client_s_dn`. `auth.ssl.principal.mapping.rules` makes a principal of the " +
        'subject; a header without a subject, or several subjects, get 401. The certificates of the proxies themselves make ' +
        'no principals then. The proxies must replace or remove the header of their clients.',
    }),
    valid: 'the name of a header',
    parse(text: string) {
      const name = text.trim().toLowerCase()
      if (!/^[\w!#$%&'*+.^`|~-]*$/.test(name)) throw new ValueFault('the name of a header')
      return name
    },
  },
  'proxy.protocol.enabled': bool({
    default: false,
    importance: 'medium',
    doc:
      'Whether connections begin with a header of the PROXY protocol, of version 1 or 2, in front of TLS as well. The address that ' +
      'it names is that of the client, for limits, rules and the log. A connection that begins otherwise is closed. A listener ' +
      'may have its own value; `sluice.admin.listeners` expect no such header.',
  }),
  'proxy.protocol.accepted.ip.range': list({
    default: [],
    shownDefault: '`sluice.trusted.proxies`',
    valid: 'addresses and networks, IPv4 and IPv6: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`',
    parseItem: parseNetworkText,
    importance: 'medium',
    doc:
      'Addresses whose headers of the PROXY protocol are believed. A connection from another address keeps its own, and has to begin ' +
      'with a header all the same.',
  }),
  'sluice.connection.send.buffer.bytes': int({
    default: 0,
    min: 0,
    max: 1073741823,
    importance: 'medium',
    doc:
      "Size of the kernel's send buffer of each connection (SO_SNDBUF). It bounds the memory " +
      'for a client that does not read; Linux doubles the size and limits it to ' +
      'net.core.wmem_max. The size divided by the round-trip time also bounds the rate of a ' +
      'response. With 0 the kernel grows the buffer up to the last number of ' +
      'net.ipv4.tcp_wmem, by default 4 MiB.',
  }),
  'sluice.request.upload.timeout.ms': long({
    default: 600000,
    min: 1,
    importance: 'low',
    doc:
      'Longest time for the arrival of a request body, regardless of its rate. An incomplete ' +
      'body uses memory of `sluice.request.arriving.max.bytes`.',
  }),
  'sluice.request.upload.min.bytes.per.second': long({
    default: 240,
    min: 0,
    importance: 'low',
    doc:
      'Lowest rate of a request body. If a body stays below this rate for `idle.timeout.ms`, the ' +
      'server answers 408 and closes the connection. 0: no lowest rate.',
  }),
  'sluice.request.arriving.max.bytes': long({
    default: -1,
    shownDefault: '`-1`, twice `sluice.request.max.bytes`',
    min: -1,
    importance: 'medium',
    doc:
      'Memory of the process for request bodies that arrive in several pieces and are ' +
      'incomplete. It is separate from `sluice.produce.inflight.max.bytes`. If a piece exceeds ' +
      'this limit, the server answers 429 to the requests whose bodies arrive slower in relation ' +
      'to their size, the slowest first. If no body arrives slower, the request of that piece ' +
      'gets 429.',
  }),
  'shutdown.graceful.ms': int({
    default: 5000,
    min: 0,
    importance: 'medium',
    doc: 'Longest time that a stop waits for running requests.',
  }),
  'sluice.shutdown.delay.ms': int({
    default: 0,
    min: 0,
    importance: 'medium',
    doc:
      'Time for which a stopping server still accepts connections, while `/ready` answers 503 ' +
      'and each response closes its connection. A restart loses no request if this time exceeds ' +
      'both the idle timeout of the load balancer and the time in which its health check notices ' +
      'the 503.',
  }),
  'response.mediatype.preferred': list({
    default: ['application/json', 'application/vnd.kafka.v2+json'],
    importance: 'low',
    doc:
      'Content types for the body of a 415 response. The server uses the type that the request ' +
      'prefers according to its `Accept` header.',
  }),
  'response.mediatype.default': string({
    default: 'application/json',
    importance: 'low',
    doc:
      'Content type for the body of a 415 response when the request accepts none of ' +
      '`response.mediatype.preferred`.',
  }),
  debug: bool({
    default: false,
    importance: 'low',
    doc: 'Adds the cause to the message of an internal error. Use it for development only.',
  }),

  'compression.enable': bool({
    default: true,
    importance: 'medium',
    doc:
      'Compresses responses for clients that ask for it in Accept-Encoding, with `gzip`, and from Node.js 22.15 on with ' +
      '`zstd`: as fast as it can be done, on other threads than the event loops. A reader gets the records of each piece at ' +
      'once. Of more than 256 responses at a time in an event loop, the others are not compressed.',
  }),
  'compression.min.bytes': int({
    default: 1024,
    min: 0,
    importance: 'low',
    doc: 'Size from which on a response is compressed, in bytes.',
  }),
  'http2.enabled': ignored('connections use HTTP/1.1; a proxy in front may speak HTTP/2', [
    'false',
  ]),
  'request.timeout.ms': ignored(
    'each operation has its own deadline; with the DoS filter, dos.filter.max.requests.ms is one for all',
    ['0'],
  ),
  'network.forwarded.request.customizer.enable': bool({
    default: false,
    importance: 'medium',
    doc:
      'Whether `Forwarded` and `X-Forwarded` headers are read. `true` needs `sluice.trusted.proxies`, which alone has the same ' +
      "effect: Confluent's proxy believes everybody, so that a client can name any address.",
  }),
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
    ignored('it configures the Java HTTP server'),
  ),
  'suppress.stack.trace.response': ignored('responses never contain stack traces'),
} as const
