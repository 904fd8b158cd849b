/** Keys that select the enabled parts of the REST API. */

import { bool, list, string, ValueFault } from '../define.ts'

const ENDPOINTS =
  'names as `api.v2.topics.list`, `api.v2.produce-to-topic.json` and `api.v2.consumers.consume-avro`, or all of a class: `api.v2.topics.*`'

const ALIAS = 'a path such as `/kafka`, or nothing'

/** Keys that select the enabled parts of the REST API. */
export const apiKeys = {
  'api.v2.enable': bool({
    default: true,
    importance: 'high',
    doc: 'Serves the v2 API: topics, partitions, brokers, produce, and consumers.',
  }),

  'api.endpoints.allowlist': list({
    default: [],
    valid: ENDPOINTS,
    importance: 'medium',
    doc:
      "Endpoints that exist, by the names of Confluent's proxy, and `sluice.v3.…` for those of Sluice itself; empty: all. For another endpoint GET gets 404 and every other " +
      'method 405, before any authentication; OPTIONS is answered. `/healthy`, `/ready`, `/metrics` and the description of ' +
      'the API stay. A name that no endpoint has causes a warning.',
  }),
  'api.endpoints.blocklist': list({
    default: [],
    valid: `${ENDPOINTS}; and \`operations.metrics\`, \`operations.openapi\`, \`operations.reference\`, \`operations.healthy\`, \`operations.ready\``,
    importance: 'medium',
    doc: 'Endpoints that do not exist, also if `api.endpoints.allowlist` names them.',
  }),
  'sluice.access.rules': string({
    default: '',
    importance: 'high',
    doc:
      'File of rules about who may do what, by principal, group, address, method, endpoint, topic and consumer group; see ' +
      '[security.md](security.md#access). A request that no rule allows gets 403, except `/healthy` and `/ready`. The file is read again when it changes, and on ' +
      'SIGHUP. Rules restrict what Kafka allows to the identity of the request, and allow nothing else.',
  }),

  'api.v3.enable': bool({
    default: true,
    importance: 'high',
    doc: 'Serves the v3 API: clusters, brokers, topics, configs, ACLs, consumer groups, lags, and produce.',
  }),
  'sluice.v3.alias': {
    ...string({
      default: '/kafka',
      importance: 'low',
      doc:
        "A second beginning of the v3 API's paths, behind which it is served as well: with `/kafka` at `/kafka/v3`, where clients " +
        'of Confluent Cloud and Confluent Server look. Links in a response have the beginning of its request.',
    }),
    valid: ALIAS,
    parse(text: string) {
      if (!/^(\/[\w.~-]+)*$/.test(text.trim())) throw new ValueFault(ALIAS)
      return text.trim()
    },
  },
  'confluent.resource.name.authority': string({
    default: '',
    importance: 'low',
    doc: 'The authority in the resource names of the v3 API: `crn://authority/kafka=…`.',
  }),
} as const
