/** The tests that show what a key of the configuration changes: each sets another value than its default. */

const HTTP = 'test/integration/http'
const V2 = 'test/integration/v2'
const PROCESS = 'test/integration/process'
const REGISTRY_SETTINGS = 'test/unit/schema-registry/settings.test.ts'
const REGISTRY_FAULTS = 'test/integration/schema-registry/faults.test.ts'
const REGISTRY_TLS = 'test/integration/schema-registry/tls.test.ts'
const READS = 'test/integration/settings/reads.test.ts'
const NAMES = 'test/integration/settings/subject-names.test.ts'
const CONNECTIONS = `${PROCESS}/connection-limits.test.ts`
const COMMAND = `${PROCESS}/command.test.ts`
const LOGS = `${PROCESS}/logs.test.ts`
const WORLDS = 'test/conformance/conformance.test.ts'

/** Test files by key. Every supported key has a row. */
export const KEY_TESTS: Readonly<Record<string, readonly string[]>> = {
  'bootstrap.servers': [`${V2}/brokers.test.ts`],
  id: [`${V2}/consumers.test.ts`],
  'sluice.embedded': [`${PROCESS}/embedded.test.ts`],
  listeners: [`${HTTP}/base-path.test.ts`],
  'listener.protocol.map': ['test/unit/config/listeners.test.ts', READS],
  'advertised.listeners': [`${V2}/consumer-expiry.test.ts`],
  'host.name': ['test/unit/api/base-uri.test.ts'],
  port: [COMMAND],
  'max.request.header.size': [READS],
  'sluice.http.threads': [`${PROCESS}/event-loops.test.ts`],
  'idle.timeout.ms': [`${HTTP}/bodies.test.ts`, `${V2}/records-streaming.test.ts`],
  'server.connection.limit': [CONNECTIONS],
  'connector.connection.limit': [CONNECTIONS],
  'sluice.connections.per.address.max': [CONNECTIONS],
  'sluice.trusted.proxies': [`${HTTP}/trusted-proxies.test.ts`],
  'sluice.connection.send.buffer.bytes': [`${V2}/stalled-readers.test.ts`],
  'sluice.request.upload.timeout.ms': [`${HTTP}/bodies.test.ts`],
  'sluice.request.upload.min.bytes.per.second': [`${HTTP}/bodies.test.ts`],
  'sluice.request.head.timeout.ms': [`${HTTP}/time-outs.test.ts`],
  'sluice.request.arriving.max.bytes': [`${V2}/produce-limits.test.ts`],
  'shutdown.graceful.ms': [`${HTTP}/drain.test.ts`],
  'sluice.shutdown.delay.ms': [`${PROCESS}/signals.test.ts`],
  'response.mediatype.preferred': [READS],
  'response.mediatype.default': [READS],
  debug: ['test/integration/settings/debug.test.ts'],
  'api.v2.enable': [WORLDS],
  'sluice.request.max.bytes': [`${V2}/produce-limits.test.ts`],
  'sluice.produce.inflight.max.bytes': [`${V2}/produce-limits.test.ts`],
  'sluice.produce.threads': [READS],
  'null.request.body.always.publishes.empty.record': [WORLDS],
  'consumer.request.timeout.ms': ['test/integration/settings/debug.test.ts'],
  'consumer.request.max.bytes': [READS],
  'consumer.instance.timeout.ms': [`${V2}/consumer-expiry.test.ts`],
  'fetch.min.bytes': ['test/integration/settings/debug.test.ts'],
  'consumer.threads': [READS],
  'sluice.consumer.instances.max': [`${V2}/consumer-expiry.test.ts`],
  'sluice.consumer.commit.wait.ms': [`${V2}/rebalanced-commits.test.ts`],
  'sluice.consumer.oversized.record': [READS],
  'sluice.consumer.prefetch.max.bytes': [READS],
  'sluice.consume.buffered.max.bytes': [`${V2}/records-memory.test.ts`],
  'schema.registry.url': [`${V2}/registry-faults.test.ts`],
  'schema.registry.basic.auth.credentials.source': [REGISTRY_SETTINGS],
  'schema.registry.basic.auth.user.info': [REGISTRY_SETTINGS],
  'schema.registry.bearer.auth.credentials.source': [REGISTRY_SETTINGS],
  'schema.registry.bearer.auth.token': [REGISTRY_SETTINGS],
  'schema.registry.bearer.auth.logical.cluster': [REGISTRY_FAULTS],
  'schema.registry.bearer.auth.identity.pool.id': [REGISTRY_FAULTS],
  'schema.registry.ssl.truststore.location': [REGISTRY_TLS],
  'schema.registry.ssl.truststore.certificates': [REGISTRY_TLS],
  'schema.registry.ssl.keystore.location': [REGISTRY_TLS],
  'schema.registry.ssl.keystore.password': [REGISTRY_TLS],
  'schema.registry.ssl.key.password': [REGISTRY_TLS],
  'schema.registry.ssl.keystore.key': [REGISTRY_TLS],
  'schema.registry.ssl.keystore.certificate.chain': [REGISTRY_TLS],
  'schema.registry.ssl.endpoint.identification.algorithm': [REGISTRY_TLS],
  'schema.registry.http.connect.timeout.ms': [REGISTRY_SETTINGS],
  'schema.registry.http.read.timeout.ms': [REGISTRY_FAULTS],
  'sluice.schema.max.bytes': [REGISTRY_FAULTS],
  'sluice.schema.record.max.bytes': ['test/integration/v2/registry-faults.test.ts'],
  'sluice.schema.registry.timeout.ms': [REGISTRY_FAULTS],
  'schema.registry.max.retries': [REGISTRY_FAULTS],
  'schema.registry.retries.wait.ms': [REGISTRY_FAULTS],
  'schema.registry.retries.max.wait.ms': [REGISTRY_SETTINGS],
  'schema.registry.latest.cache.ttl.sec': [REGISTRY_FAULTS],
  'sluice.schema.registry.missing.ttl.ms': [REGISTRY_FAULTS],
  'sluice.schema.registry.cache.max.bytes': [REGISTRY_FAULTS],
  'schema.registry.normalize.schemas': ['test/integration/schema-registry/client.test.ts'],
  'schema.registry.key.subject.name.strategy': [NAMES],
  'schema.registry.value.subject.name.strategy': [NAMES],
  'schema.registry.auto.register.schemas': [`${V2}/registered-schemas.test.ts`],
  'schema.registry.use.latest.version': [`${V2}/registered-schemas.test.ts`],
  'sluice.metrics.consumer.lag.partitions.max': ['test/integration/settings/lag.test.ts'],
  'sluice.log.level': [LOGS],
  'sluice.log.format': [LOGS],
  'sluice.log.requests': [LOGS],
  'use.custom.request.logging': [LOGS],
}
