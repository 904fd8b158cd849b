/** Long lists of the v3 API: the pauses of the event loop, and the memory of the process, while they are answered. */
import { Admin } from '@platformatic/kafka'
import { type Kafka, startKafka } from '../../test/cluster/kafka.ts'
import { startMockCluster } from './mock-cluster.ts'
import { type Row, type Stage, short } from './row.ts'
import { type MeteredProxy, startProxy } from './server.ts'

const TOPICS = 10_000
const MOCK_PARTITIONS = 10
/** Kafka's controller takes at most 10 000 changes in a request, and each of these topics is three. */
const TOPICS_AT_ONCE = 1000
const CREATION_MS = 300_000
const ROUNDS = 3
const TARGET_MS = 20

const MIB = 2 ** 20

interface Answer {
  readonly seconds: number
  readonly bytes: number
  readonly loopMs: number
  readonly growth: number
}

const PATHS = [
  '/topics',
  '/topics/-/configs',
  '/brokers/1/partition-replicas',
  '/brokers/1/log-dirs',
]

/** Clusters of their own, so that the topics do not slow down other sections. */
export async function measureLists(_stage: Stage): Promise<Row[]> {
  return [...(await ofKafka()), ...(await ofMock())]
}

async function ofKafka(): Promise<Row[]> {
  const kafka = await startKafka({ heapMb: 2048 })
  try {
    await createTopics(kafka)
    return await measure(kafka.bootstrapServers, PATHS, `${short(TOPICS)} topics`)
  } finally {
    await kafka.stop()
  }
}

/** A real broker has no descriptors for so many partitions. The mock does not know configs and directories. */
async function ofMock(): Promise<Row[]> {
  const mock = await startMockCluster(TOPICS, MOCK_PARTITIONS)
  try {
    const what = `${short(TOPICS)} topics with ${MOCK_PARTITIONS} partitions, mock brokers`
    return await measure(mock.bootstrapServers, ['/topics'], what)
  } finally {
    await mock.stop()
  }
}

async function measure(
  bootstrapServers: string,
  paths: readonly string[],
  what: string,
): Promise<Row[]> {
  const proxy = await startProxy(bootstrapServers)
  try {
    const clusters = (await (await fetch(`${proxy.url}/v3/clusters`)).json()) as {
      data: { cluster_id: string }[]
    }
    const cluster = `/v3/clusters/${clusters.data[0]?.cluster_id}`
    const rows: Row[] = []
    for (const path of paths) {
      const answers: Answer[] = []
      for (let round = 0; round < ROUNDS; round++) {
        answers.push(await answerOf(proxy, cluster + path))
      }
      rows.push(rowOf(path, what, answers))
    }
    return rows
  } finally {
    await proxy.stop()
  }
}

/** With one partition each: a broker has a descriptor open for each partition. */
async function createTopics({ bootstrapServers }: Kafka): Promise<void> {
  const admin = new Admin({
    clientId: 'bench',
    bootstrapBrokers: bootstrapServers.split(','),
    timeout: CREATION_MS,
    requestTimeout: CREATION_MS,
    retries: 0,
  })
  try {
    for (let made = 0; made < TOPICS; made += TOPICS_AT_ONCE) {
      const topics = Array.from({ length: TOPICS_AT_ONCE }, (_, index) => `list-${made + index}`)
      await admin.createTopics({ topics, partitions: 1, replicas: 1 })
    }
  } finally {
    await admin.close()
  }
}

async function answerOf(proxy: MeteredProxy, path: string): Promise<Answer> {
  await proxy.loopDelays()
  const before = proxy.meter.rssBytes()
  const start = performance.now()
  const response = await fetch(proxy.url + path)
  let bytes = 0
  let peak = before
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length
    peak = Math.max(peak, proxy.meter.rssBytes())
  }
  const seconds = (performance.now() - start) / 1000
  const { max } = await proxy.loopDelays()
  return { seconds, bytes, loopMs: max, growth: peak - before }
}

function rowOf(path: string, topics: string, answers: readonly Answer[]): Row {
  const greatest = Math.max(...answers.map(({ loopMs }) => loopMs))
  const [first] = answers as [Answer]
  const growth = Math.max(...answers.map((answer) => answer.growth))
  const seconds = answers.map((answer) => `${answer.seconds.toFixed(1)} s`).join(', ')
  return {
    section: 'Long lists',
    what: `\`GET ${path}\` of ${topics}: longest pause of the event loop`,
    value: `${greatest.toFixed(1)} ms`,
    detail: `${(first.bytes / MIB).toFixed(1)} MiB in ${seconds}; the process grew by ${(growth / MIB).toFixed(0)} MiB`,
    target: `≤ ${TARGET_MS} ms`,
    isReached: greatest <= TARGET_MS,
  }
}
