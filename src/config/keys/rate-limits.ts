/** Keys of rate limits. */

import {
  bool,
  each,
  ignored,
  int,
  type Key,
  list,
  long,
  MAX_TIMER_MS,
  oneOf,
  refused,
  string,
  ValueFault,
} from '../define.ts'
import { parseLimits } from '../limits.ts'
import { parseNetworkText } from '../network.ts'

const NO_TENANTS = 'there are no tenants'

function perSecond(number: number, doc: string): Key<number> {
  return long({ default: number, min: 1, importance: 'low', doc })
}

/** Keys of rate limits. */
export const rateLimitKeys = {
  'sluice.limits': {
    ...string({
      default: '',
      importance: 'high',
      doc:
        'Limits of rates, separated by commas: `principal|address|topic NUMBER requests|bytes/s [burst NUMBER]`, as in ' +
        '`principal 100 requests/s, address 20 requests/s burst 50, topic 10000000 bytes/s`. Each principal, each address and ' +
        'each topic has the limit of its own; `principal:alice 1000 requests/s` is that of one, in place of the general limit. ' +
        'Requests without a principal share one. An IPv6 address stands for its first 64 bits. A topic is that in the path of a ' +
        'request. Bytes are those of bodies, of requests and responses: a request is refused while earlier ones are not paid for. ' +
        'A request above a limit gets 429 with `Retry-After`. The limits are those of the process, over all event loops.',
    }),
    parse(text: string) {
      parseLimits(text)
      return text.trim()
    },
  },
  'rate.limit.enable': bool({
    default: false,
    importance: 'medium',
    doc:
      'Limits the rate of all requests to the API, by `rate.limit.permits.per.sec` and the costs of endpoints. A request above it ' +
      'gets 429. Unlike `sluice.limits` it has no share for each client.',
  }),
  'rate.limit.backend': oneOf(['guava', 'resilience4j'], {
    default: 'guava',
    importance: 'low',
    doc:
      'What the limit allows after a pause: `guava` spreads permits evenly, and keeps those of one second; `resilience4j` has ' +
      'all permits of a second at its beginning.',
  }),
  'rate.limit.permits.per.sec': int({
    default: 50,
    min: 1,
    importance: 'medium',
    doc: 'Permits per second for all requests of the process.',
  }),
  'rate.limit.timeout.ms': long({
    default: 0,
    min: 0,
    max: 3_600_000,
    importance: 'low',
    doc: 'Longest time that a request waits for its permits before it gets 429.',
  }),
  'rate.limit.default.cost': int({
    default: 1,
    min: 0,
    importance: 'low',
    doc: 'Permits that a request takes, unless `rate.limit.costs` names its endpoint.',
  }),
  'rate.limit.costs': list({
    default: [],
    valid:
      'items `name=cost`, with a name as in `api.endpoints.allowlist`, and a cost of 0 or more',
    parseItem(text) {
      const [, name, cost] = /^([^=\s]+)\s*=\s*(\d{1,9})$/.exec(text) ?? []
      if (name === undefined) throw new ValueFault('name=cost, with a cost of 0 or more')
      return `${name}=${cost}`
    },
    importance: 'low',
    doc: 'Costs of endpoints. The name of an endpoint takes precedence over that of its class; 0 exempts it from the limit.',
  }),
  'api.v3.produce.rate.limit.enabled': bool({
    default: false,
    importance: 'medium',
    doc:
      'Limits the rate of records of the v3 API, if `rate.limit.enable` is true, with its backend and waiting time. A record ' +
      'above a limit gets an error in its place, with 429 as its code, and the next one is looked at. The limits are those of ' +
      'the process.',
  }),
  'api.v3.produce.rate.limit.max.requests.per.sec': perSecond(
    10_000,
    'Records per second to each cluster id in the paths of requests.',
  ),
  'api.v3.produce.rate.limit.max.requests.global.per.sec': perSecond(
    10_000,
    'Records per second of all streams and batches.',
  ),
  'api.v3.produce.rate.limit.max.bytes.per.sec': perSecond(
    10_000_000,
    'Bytes of the JSON of records per second, to each cluster id in the paths of requests.',
  ),
  'api.v3.produce.rate.limit.max.bytes.global.per.sec': perSecond(
    10_000_000,
    'Bytes of the JSON of records per second, of all streams and batches.',
  ),
  'api.v3.produce.rate.limit.cache.expiry.ms': ignored(
    'Sluice forgets the limits of a cluster id an hour after its last record, when they are the same as new ones',
  ),
  'rate.limit.per.cluster.permits.per.sec': int({
    default: 50,
    min: 1,
    importance: 'medium',
    doc:
      'Permits per second for the requests to each cluster id in the paths of the v3 API, whether the cluster exists or not. A ' +
      'request takes permits of its cluster id, and then of the process.',
  }),
  'rate.limit.per.cluster.cache.expiry.ms': ignored(
    'the limit of a cluster id gives its memory to another one when it is as one that was not used',
  ),

  'dos.filter.enabled': bool({
    default: false,
    importance: 'medium',
    doc:
      "Confluent's filter against too many requests. The limits of addresses and of the process count all requests, except for " +
      '`/healthy` and `/ready`, before any authentication; a request above a limit is refused, or delayed and then served as ' +
      '`dos.filter.throttled.requests` allows. The other `dos.filter.` keys have an effect only with it.',
  }),
  'dos.filter.max.requests.per.sec': int({
    default: 25,
    min: 1,
    importance: 'medium',
    doc: 'Requests per second of the whole process, over all event loops. Requests above it count, too.',
  }),
  'dos.filter.max.requests.per.connection.per.sec': int({
    default: 25,
    min: 1,
    importance: 'medium',
    doc:
      'Requests per second of an address, over all of its connections: that of the connection, or of the client that a proxy of ' +
      '`sluice.trusted.proxies` names. An IPv6 address stands for its first 64 bits. Requests above it count, too.',
  }),
  'dos.filter.delay.ms': long({
    default: 100,
    min: -1,
    max: MAX_TIMER_MS,
    importance: 'medium',
    doc:
      'Time for which a request above a limit waits before it may take one of `dos.filter.throttled.requests`. 0: it may at once. ' +
      '-1: it gets 429 with `Retry-After`.',
  }),
  'dos.filter.throttled.requests': int({
    default: 5,
    min: 0,
    importance: 'low',
    doc: 'Requests above each of the two limits that the process serves at a time.',
  }),
  'dos.filter.max.wait.ms': long({
    default: 50,
    min: 0,
    max: MAX_TIMER_MS,
    importance: 'low',
    doc: 'First time for which a request above a limit waits for a place in `dos.filter.throttled.requests`.',
  }),
  'dos.filter.throttle.ms': long({
    default: 30_000,
    min: 0,
    max: MAX_TIMER_MS,
    importance: 'low',
    doc: 'Further time for which it waits for a place. Then it gets 503.',
  }),
  'dos.filter.max.requests.ms': long({
    default: 30_000,
    min: 1,
    max: MAX_TIMER_MS,
    importance: 'low',
    doc:
      'Longest time of any request while the filter is on, without its waits in the filter. Then it gets 503, or a response that ' +
      'has begun is cut.',
  }),
  'dos.filter.insert.headers': bool({
    default: true,
    importance: 'low',
    doc: 'Whether responses tell in `DoSFilter` what the filter has done: `delayed`, `throttled`, `unavailable`.',
  }),
  'dos.filter.ip.whitelist': list({
    default: [],
    valid: 'addresses and networks, IPv4 and IPv6: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`',
    parseItem: parseNetworkText,
    importance: 'medium',
    doc: 'Addresses and networks whose requests do not pass the filter.',
  }),
  'dos.filter.max.idle.tracker.ms': ignored(
    'an address is forgotten a second after its last request, which has no effect any more then',
  ),
  'dos.filter.managed.attr': ignored('there is no JMX; GET /metrics has the metrics'),
  'dos.filter.tenant.enabled': refused(NO_TENANTS, ['false']),
  ...each(
    ['dos.filter.tenant.max.requests.per.sec', 'dos.filter.tenant.dry.run.enabled'],
    ignored(NO_TENANTS),
  ),

  'network.traffic.rate.limit.enable': bool({
    default: false,
    importance: 'medium',
    doc:
      'Limits the bytes per second that are read from all connections of a listener together, over all event loops of the process. ' +
      'No request is refused: above the limit the connections take turns, and TCP slows their clients down. All bytes count that ' +
      'the network brings: heads, bodies, and those of TLS. Deadlines of clients stand still while their connection waits. The limit ' +
      'holds for each of `listeners`, and not for `sluice.admin.listeners` and other processes of the cluster.',
  }),
  'network.traffic.rate.limit.backend': oneOf(['guava', 'resilience4j'], {
    default: 'guava',
    importance: 'low',
    doc:
      'What the limit allows after a pause: `guava` spreads bytes evenly, and keeps those of one second; `resilience4j` has all ' +
      'bytes of a second at its beginning.',
  }),
  'network.traffic.rate.limit.bytes.per.sec': int({
    default: 20_971_520,
    min: 1,
    importance: 'medium',
    doc: 'Bytes per second that are read from the connections of a listener.',
  }),
} as const
