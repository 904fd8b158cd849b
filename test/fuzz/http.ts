/**
 * `npm run fuzz:http -- SECONDS`: Schemathesis makes requests from /openapi.json and sends them to a
 * Sluice on a real Kafka. Exits with 1 for an answer of 5xx, one that the document does not declare,
 * or none within the deadline; or when Sluice ended.
 *
 * There are two of it at once, as Schemathesis's own threads don't get along with Python 3.11. One uses
 * any names, which are mostly those of nothing; the other a topic, a group and an instance that there
 * are, so that its requests come to what is behind.
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

const NAMES = { topic_name: 'fuzz', group_name: 'fuzz', instance_name: 'fuzz' }

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
  await kafka.createTopic(NAMES.topic_name, { partitions: 3 })
  const parameters = Object.entries(NAMES).map(([name, value]) => `${name} = "${value}"\n`)
  const keeping = keepInstance(sluice)
  const runs = [fuzz('wide', ''), fuzz('deep', `[parameters]\n${parameters.join('')}`)]
  const [wide, deep] = await Promise.all(runs)
  clearInterval(keeping)
  const ending = await sluice.stop()
  if (ending?.code !== 0) console.error(`Sluice ended: ${JSON.stringify(ending)}\n${sluice.log()}`)
  process.exitCode = wide && deep && ending?.code === 0 ? 0 : 1
} finally {
  await sluice.stop()
  await kafka.stop()
  rmSync(folder, { recursive: true })
}

/** Runs Schemathesis, and prints what it says when it is done; answers whether it found nothing. */
async function fuzz(name: string, config: string): Promise<boolean> {
  const home = join(folder, name)
  mkdirSync(home)
  const file = join(home, 'schemathesis.toml')
  writeFileSync(file, config)
  const log = join(home, 'output')
  const output = openSync(log, 'w')
  const child = spawn(
    command,
    [
      ...['--config-file', file, '--no-color', 'run', `${sluice.url}/openapi.json`],
      ...['--max-time', String(seconds), '--checks', CHECKS.join(',')],
      ...['--request-timeout', String(ANSWER_SECONDS), '--continue-on-failure'],
      // What is deleted must not be the instance that others are busy with.
      ...['--warnings', 'off', ...(config ? ['--exclude-operation-id', 'deleteConsumer'] : [])],
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
    fetch(`${url}/consumers/${NAMES.group_name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.v2+json' },
      body: JSON.stringify({ name: NAMES.instance_name, 'auto.offset.reset': 'earliest' }),
    }).catch(() => undefined)
  void make()
  return setInterval(() => void make(), 1000)
}
