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
    valid: '`http://host:port`, `https://host:port`',
    importance: 'high',
    doc:
      'Addresses on which the other processes of the cluster reach this process. They serve only ' +
      'requests that are signed with `sluice.peer.secret`. With `https`, which all addresses of all processes have then, the ' +
      'connections between the processes use TLS in both directions, and need `sluice.peer.ssl.keystore.location` and `sluice.peer.ssl.truststore.location`; ' +
      '`ssl.enabled.protocols` and `ssl.cipher.suites` have an effect, those of single listeners have none. Required with ' +
      '`sluice.cluster.id`.',
  }),
  'sluice.peer.advertised.listener': string({
    default: '',
    shownDefault: 'the first of `sluice.peer.listeners`',
    importance: 'high',
    doc:
      'Address of this process for the other processes of the cluster, `http://host:port` or `https://host:port` as ' +
      '`sluice.peer.listeners`. With `https` the certificate has to be for this host. Required if the first of ' +
      '`sluice.peer.listeners` is 0.0.0.0 or [::].',
  }),
  'sluice.peer.secret': password({
    importance: 'high',
    doc:
      'Secret of at least 16 characters that all processes of the cluster share. Requests between ' +
      'them are signed with it. Required with `sluice.cluster.id`.',
  }),
  'sluice.peer.ssl.keystore.location': string({
    default: '',
    importance: 'high',
    doc:
      'Key store with the private key and the certificates that this process shows to the other processes: a PEM file, PKCS12 or ' +
      'JKS. The process shows its certificate to its callers and to the processes that it calls: it has to be for the host of ' +
      '`sluice.peer.advertised.listener`, and for servers and clients if it names uses. Required with `https` in ' +
      '`sluice.peer.listeners`. Changed files of both stores are read again within two seconds, ' +
      'and on SIGHUP.',
  }),
  'sluice.peer.ssl.keystore.password': password({
    importance: 'high',
    doc: 'Password of the key store of `sluice.peer.ssl.keystore.location`, if it is PKCS12 or JKS.',
  }),
  'sluice.peer.ssl.keystore.type': string({
    default: '',
    shownDefault: 'the type of the content',
    importance: 'low',
    doc: 'Type of this key store: `PEM`, `PKCS12` or `JKS`. A store of another type prevents the start.',
  }),
  'sluice.peer.ssl.key.password': password({
    importance: 'high',
    doc: 'Password of the private key; without it that of the key store.',
  }),
  'sluice.peer.ssl.truststore.location': string({
    default: '',
    importance: 'high',
    doc:
      'Trust store with the authorities of the certificates of the processes: a PEM file, PKCS12 or JKS. No other authority ' +
      "counts, neither the system's nor those of `ssl.truststore.location`. Connections without a certificate of these " +
      'authorities fail, in both directions. Required with `https` in `sluice.peer.listeners`.',
  }),
  'sluice.peer.ssl.truststore.password': password({
    importance: 'high',
    doc: 'Password of this trust store, if it is PKCS12 or JKS.',
  }),
  'sluice.peer.ssl.truststore.type': string({
    default: '',
    shownDefault: 'the type of the content',
    importance: 'low',
    doc: 'Type of this trust store: `PEM`, `PKCS12` or `JKS`. A store of another type prevents the start.',
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
