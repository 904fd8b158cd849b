/** The cost of many principals that act in Kafka as themselves: the memory of each, and the times of paced requests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../../test/cluster/kafka.ts'
import { allow, guardedBy, type KafkaUser } from '../../test/cluster/users.ts'
import { applyPacedLoad, percentile } from './paced-load.ts'
import { inTurns, median, type Row, spread } from './row.ts'
import { type MeteredProxy, startProxy } from './server.ts'

/** `PRINCIPALS=20` is a short form. */
const PRINCIPALS = Number(process.env['PRINCIPALS'] ?? 500)
const REQUESTS_OF_EACH_PER_SECOND = Number(process.env['REQUESTS_OF_EACH'] ?? 2)
const ROUNDS = 3
const SECONDS = 10
const CONNECTIONS = 64
const SETTLE_MS = 5000
const TOPIC = 'of-all'
const HEADER = 'X-Client-Subject'

const ADMINISTRATOR: KafkaUser = { name: 'administrator', password: 'secret-of-the-benchmark' }
const USERS: readonly KafkaUser[] = Array.from({ length: PRINCIPALS }, (_, index) => ({
  name: `user${index}`,
  password: `secret-of-user-${index}`,
}))
const nameOf = (index: number): string => USERS[index % USERS.length]?.name ?? ''

/** Produce requests of 100 records by each principal in its turn, beside the same by one. */
export async function measurePrincipals(): Promise<Row[]> {
  const kafka = await startKafka({ config: guardedBy(ADMINISTRATOR, USERS) })
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-principals-'))
  try {
    await kafka.createTopic(TOPIC, { partitions: 8 })
    await allow(kafka, { name: '*' }, { topic: TOPIC }, ['Write', 'Describe'])
    const proxy = await startPropagating(kafka.saslServers, folder)
    const memory = await memoryOfEach(proxy)
    const pairs = await inTurns(
      ROUNDS,
      () => timesOf(proxy, nameOf),
      () => timesOf(proxy, () => nameOf(0)),
    )
    await proxy.stop()
    return [memory, rowOf(pairs)]
  } finally {
    rmSync(folder, { recursive: true })
    await kafka.stop()
  }
}

function startPropagating(saslServers: string, folder: string): Promise<MeteredProxy> {
  const plain = ({ name, password }: KafkaUser) =>
    `org.apache.kafka.common.security.plain.PlainLoginModule required username="${name}" password="${password}";`
  const credentials = join(folder, 'kafka.jaas')
  writeFileSync(credentials, `KafkaClient {\n${USERS.map(plain).join('\n')}\n};\n`)
  return startProxy(saslServers, {
    'client.security.protocol': 'SASL_PLAINTEXT',
    'client.sasl.mechanism': 'PLAIN',
    'client.sasl.jaas.config': plain(ADMINISTRATOR),
    'sluice.trusted.proxies': '127.0.0.1',
    'sluice.trusted.proxies.certificate.header': HEADER,
    'auth.ssl.principal.mapping.rules': 'RULE:^CN=(.*)$/$1/',
    'sluice.kafka.identity': 'propagate',
    'sluice.kafka.credentials.file': credentials,
    'sluice.kafka.identity.clients.max': String(2 * PRINCIPALS),
    'sluice.kafka.identity.idle.ms': '3600000',
  })
}

/** The growth of resident memory over the first request of each. */
async function memoryOfEach({ url, meter }: MeteredProxy): Promise<Row> {
  await produce(url, 0)
  const before = { bytes: meter.rssBytes(), threads: meter.threads() }
  for (let index = 1; index < PRINCIPALS; index++) await produce(url, index)
  await sleep(SETTLE_MS)
  const each = (meter.rssBytes() - before.bytes) / (PRINCIPALS - 1)
  const threads = (meter.threads() - before.threads) / (PRINCIPALS - 1)
  return {
    section: 'Security',
    what: 'Memory of a principal that acts in Kafka as itself',
    value: `${(each / 1e6).toFixed(2)} MB`,
    detail: `growth of resident memory over ${PRINCIPALS} principals with a producer each; ${threads.toFixed(1)} threads of each`,
  }
}

async function produce(url: string, index: number): Promise<void> {
  const response = await fetch(`${url}/topics/${TOPIC}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/vnd.kafka.binary.v2+json',
      [HEADER]: `CN=${nameOf(index)}`,
    },
    body: '{"records":[{"value":"QQ=="}]}',
  })
  const text = await response.text()
  if (response.status !== 200 || text.includes('"error_code":5')) {
    throw new Error(`${nameOf(index)}: ${response.status} ${text}`)
  }
}

async function timesOf({ url }: MeteredProxy, name: (index: number) => string): Promise<number> {
  const times = await applyPacedLoad({
    port: Number(new URL(url).port),
    topic: TOPIC,
    connections: CONNECTIONS,
    requestsPerSecond: PRINCIPALS * REQUESTS_OF_EACH_PER_SECOND,
    recordsPerRequest: 100,
    seconds: SECONDS,
    headers: Array.from({ length: PRINCIPALS }, (_, index) => `${HEADER}: CN=${name(index)}`),
  })
  return percentile(times, 99)
}

function rowOf(pairs: [number, number][]): Row {
  const ratios = pairs.map(([many, one]) => many / one)
  const [many, one] = [pairs.map(([each]) => each), pairs.map(([, each]) => each)]
  return {
    section: 'Security',
    what: `Produce by ${PRINCIPALS} principals, ${REQUESTS_OF_EACH_PER_SECOND} requests/s of 100 records each: p99 ÷ that of one principal`,
    value: spread(ratios),
    detail: `${median(many).toFixed(1)} ms ÷ ${median(one).toFixed(1)} ms`,
    target: '≤ 1.5',
    isReached: median(ratios) <= 1.5,
  }
}
