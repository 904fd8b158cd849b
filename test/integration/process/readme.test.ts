/** The commands of the README, as somebody would paste them, on the embedded cluster. */
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { atExit } from '../../cluster/at-exit.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { sharedRegistry } from '../../cluster/registry.ts'
import { until } from '../until.ts'
import { cleanEnvironment, MAIN } from './command.ts'

const README = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
const [port] = await freePorts(1)
const registry = await sharedRegistry()
after(() => registry.stop())

let stdout = ''
const sluice = spawn(
  process.execPath,
  [
    ...[MAIN, '--embedded', '--set', `listeners=http://0.0.0.0:${port}`],
    ...['--set', `schema.registry.url=${registry.url}`],
  ],
  { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] },
)
sluice.stdout.on('data', (text) => {
  stdout += text
})
atExit(() => sluice.kill('SIGKILL'))
after(() => sluice.kill('SIGKILL'))

/** The commands of the block of shell that follows this heading. */
function commandsBelow(heading: string): string[] {
  const [, block = ''] = README.slice(README.indexOf(heading)).split(/^```(?:sh)?$/m)
  const commands: string[] = []
  let command = ''
  for (const line of block.trim().split('\n')) {
    command += `${line}\n`
    const isWhole = !line.endsWith('\\') && spawnSync('bash', ['-n', '-c', command]).status === 0
    if (!isWhole) continue
    commands.push(command)
    command = ''
  }
  assert.equal(command, '')
  return commands
}

/** Runs the commands one by one; a read is repeated until it has a record. Resolves to all output. */
async function paste(commands: readonly string[]): Promise<string> {
  let [variables, all] = ['', '']
  for (const command of commands) {
    if (/^[A-Z]\w*=/.test(command)) variables += command
    const run = async () => {
      const script = `${variables}${command}`.replaceAll('localhost:8082', `localhost:${port}`)
      const { stdout: output } = await promisify(execFile)('bash', ['-c', script])
      assert.doesNotMatch(output, /"error_code":\d/, command)
      all += output
      return output
    }
    if (!command.includes('/records')) await run()
    else await until('a record is read', async () => (await run()).includes('"value":'))
  }
  return all
}

test('the first start warns of nothing but that nothing is stored', async () => {
  await until('it listens and is connected', () => stdout.includes('connected to Kafka'))
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level !== 'info')
  assert.deepEqual(
    warnings.map(({ msg }) => msg),
    ['embedded Kafka cluster: records are kept in memory and are gone when this process ends'],
  )
})

test('a record that is produced is read, with its header and its digits', async () => {
  assert.match(await paste(commandsBelow('**Produce.**')), /"offset":0/)
  const read = await paste(commandsBelow('**Read.**'))
  assert.match(read, /"key":"4711","value":\{"total":1\.10\}/)
  assert.match(read, /"name":"source","value":"d2Vi"/)
})

test('a record with an Avro schema keeps its number', async () => {
  const output = await paste(commandsBelow('In a third terminal'))
  assert.match(output, /"value_schema_id":\d/)
  assert.match(output, /"cents":9007199254740993/)
})

test('looking around finds the topic, the brokers, the metrics, and a process that is well', async () => {
  const output = await paste(commandsBelow('**Look around.**'))
  assert.match(output, /"orders"/)
  assert.match(output, /"name":"orders","configs":\{\},"partitions":\[\{"partition":0/)
  assert.match(output, /\{"brokers":\[/)
  assert.match(output, /^sluice_produce_records_total \d/m)
})
