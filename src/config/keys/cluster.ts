/** Keys of a cluster of processes, each of which serves the consumer instances of all. */

import { int, list, oneOf, password, string } from '../define.ts'

/** Keys of a cluster of processes. */
export const clusterKeys = {
  'sluice.cluster.id': string({
    default: '',
    importance: 'high',
    doc:
      'Name of the cluster of Sluice processes to which this process belongs. The processes of a ' +
      'cluster are members of the consumer group `_sluice-<id>`, and keep descriptions of their ' +
      'consumer instances in the compacted topic `_sluice-<id>-instances`. Each process then ' +
      'serves the instances of all. Empty: the instances of this process are its own. See ' +
      '[clustering.md](clustering.md).',
  }),
  'sluice.peer.listeners': list({
    default: [],
    valid: '`http://host:port`',
    importance: 'high',
    doc:
      'Addresses on which the other processes of the cluster reach this process. They serve only ' +
      'requests that are signed with `sluice.peer.secret`. Required with `sluice.cluster.id`.',
  }),
  'sluice.peer.advertised.listener': string({
    default: '',
    shownDefault: 'the first of `sluice.peer.listeners`',
    importance: 'high',
    doc:
      'Address of this process for the other processes of the cluster, `http://host:port`. ' +
      'Required if the first of `sluice.peer.listeners` is 0.0.0.0 or [::].',
  }),
  'sluice.peer.secret': password({
    importance: 'high',
    doc:
      'Secret of at least 16 characters that all processes of the cluster share. Requests between ' +
      'them are signed with it. Required with `sluice.cluster.id`.',
  }),
  'sluice.peer.mode': oneOf(['forward', 'redirect'], {
    default: 'forward',
    importance: 'medium',
    doc:
      'Treatment of a request for a consumer instance that another process owns: `forward` sends ' +
      'it there and returns the response; `redirect` answers 307 with the URL of the other process, ' +
      'the first of its `advertised.listeners`, which are required then.',
  }),
  'sluice.peer.session.timeout.ms': int({
    default: 10000,
    min: 6000,
    max: 1800000,
    importance: 'medium',
    doc:
      'Time without a heartbeat after which the other processes take over the consumer instances of ' +
      "this process. Kafka's brokers bound it with `group.min.session.timeout.ms` and " +
      '`group.max.session.timeout.ms`.',
  }),
} as const
