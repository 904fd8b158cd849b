/**
 * `npm run fuzz:http -- SECONDS RUN…`: Schemathesis makes requests from /openapi.json and sends them to a
 * Sluice on a real Kafka. Exits with 1 for an answer of 5xx, one that the document does not declare,
 * or none within the deadline; or when Sluice ended.
 *
 * There are three runs at once, or those that are named: Schemathesis's own threads don't get along with Python 3.11. `wide` uses
 * any names, which are mostly those of nothing; `v2` and `v3` use a topic, a group, an instance, a cluster and a broker that there
 * are, so that their requests come to what is behind.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../cluster/kafka.ts'
import { pythonCommands } from '../cluster/python-packages.ts'
import { type Sluice, startSluice } from '../cluster/sluice.ts'

const DEFAULT_SECONDS = 60
/** Far above every deadline that these settings leave: 10 s for a question to Kafka. */
const ANSWER_SECONDS = 30

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
]

/** Waits are short, or the time would be spent with them. */
const SETTINGS = {
  'producer.max.block.ms': '200',
  'consumer.request.timeout.ms': '50',
  'consumer.instance.timeout.ms': '20000',
}

const TOPIC = 'fuzz'
const GROUP = 'fuzz'

/** What a run uses of the description. */
interface Run {
  readonly name: string
  /** Values of parameters in paths; others are made up. */
  readonly names: Readonly<Record<string, string | number>>
  /** Further arguments of Schemathesis. */
  readonly args: readonly string[]
}

const without = (...operations: readonly string[]) =>
  operations.flatMap((operation) => ['--exclude-operation-id', operation])

function runsOn(clusterId: string): Run[] {
  return [
    { name: 'wide', names: {}, args: [] },
    {
      name: 'v2',
      names: { topic_name: TOPIC, group_name: GROUP, instance_name: 'fuzz' },
      // What is deleted must not be the instance that others are busy with.
      args: ['--exclude-path-regex', '^/v3', ...without('deleteConsumer')],
    },
    {
      name: 'v3',
      names: {
        cluster_id: clusterId,
        topic_name: TOPIC,
        consumer_group_id: GROUP,
        broker_id: 1,
        partition_id: 0,
        config_type: 'broker',
        mechanism: 'SCRAM-SHA-256',
      },
      args: [
        '--include-path-regex',
        '^/v3',
        // The topic is needed, and partitions of any number would fill the disk.
        ...without('deleteKafkaTopic', 'createKafkaTopic', 'updatePartitionCountKafkaTopic'),
      ],
    },
  ]
}

const seconds = Number(process.argv[2] ?? DEFAULT_SECONDS)
if (!(Number.isInteger(seconds) && seconds > 0)) {
  console.error(`${process.argv[2]} is no number of seconds; give a whole one, such as 60.`)
  process.exit(2)
}

const command = join(pythonCommands(join(import.meta.dirname, 'requirements.txt')), 'schemathesis')
// Not the shared one: each made-up name would become a topic.
const kafka = await startKafka({ config: { 'auto.create.topics.enable': 'false' } })
const sluice = await startSluice(kafka.bootstrapServers, SETTINGS)
const folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'))
try {
  await kafka.createTopic(TOPIC, { partitions: 3 })
  const keeping = keepInstance(sluice)
  const chosen = process.argv.slice(3)
  const runs = runsOn(await clusterIdOf(sluice)).filter(
    ({ name }) => chosen.length === 0 || chosen.includes(name),
  )
  const passed = await Promise.all(runs.map(fuzz))
  clearInterval(keeping)
  const ending = await sluice.stop()
  if (ending?.code !== 0) console.error(`Sluice ended: ${JSON.stringify(ending)}\n${sluice.log()}`)
  const isClean = passed.length > 0 && passed.every((each) => each) && ending?.code === 0
  process.exitCode = isClean ? 0 : 1
} finally {
  await sluice.stop()
  await kafka.stop()
  rmSync(folder, { recursive: true })
}

/** Runs Schemathesis, and prints what it says when it is done; answers whether it found nothing. */
async function fuzz({ name, names, args }: Run): Promise<boolean> {
  const home = join(folder, name)
  mkdirSync(home)
  const file = join(home, 'schemathesis.toml')
  const parameters = Object.entries(names).map(
    ([key, value]) => `${key} = ${JSON.stringify(value)}\n`,
  )
  writeFileSync(file, parameters.length > 0 ? `[parameters]\n${parameters.join('')}` : '')
  const log = join(home, 'output')
  const output = openSync(log, 'w')
  const child = spawn(
    command,
    [
      ...['--config-file', file, '--no-color', 'run', `${sluice.url}/openapi.json`],
      ...['--max-time', String(seconds), '--checks', CHECKS.join(',')],
      ...['--request-timeout', String(ANSWER_SECONDS), '--continue-on-failure'],
      ...['--warnings', 'off', ...args],
    ],
    // It leaves files where it runs.
    { cwd: home, stdio: ['ignore', output, output] },
  )
  const [code] = await once(child, 'exit')
  closeSync(output)
  console.log(`\n=== ${name}\n${readFileSync(log, 'utf8')}`)
  return code === 0
}

/** Makes the instance, and makes it again when something has ended it. */
function keepInstance({ url }: Sluice): NodeJS.Timeout {
  const make = () =>
    fetch(`${url}/consumers/${GROUP}`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.v2+json' },
      body: JSON.stringify({ name: 'fuzz', 'auto.offset.reset': 'earliest' }),
    }).catch(() => undefined)
  void make()
  return setInterval(() => void make(), 1000)
}

async function clusterIdOf({ url }: Sluice): Promise<string> {
  const { data } = (await (await fetch(`${url}/v3/clusters`)).json()) as {
    data: [{ cluster_id: string }]
  }
  return data[0].cluster_id
}
