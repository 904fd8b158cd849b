/** `--embedded`: a first try without Kafka, exactly as it is printed. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { atExit } from '../../cluster/at-exit.ts'
import { until } from '../until.ts'
import { cleanEnvironment, MAIN } from './command.ts'

let stdout = ''
const sluice: ChildProcess = spawn(
  process.execPath,
  [MAIN, '--embedded', '--set', 'listeners=http://0.0.0.0:0'],
  { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] },
)
sluice.stdout?.on('data', (text) => {
  stdout += text
})
atExit(() => sluice.kill('SIGKILL'))
after(() => sluice.kill('SIGKILL'))

/** The commands under the heading that begins with this. */
function printed(heading: string): string {
  const [, commands] = stdout.split(`  # ${heading}`)
  const lines = commands?.split('\n').slice(1) ?? []
  const end = lines.findIndex((line) => line.trim() === '')
  return lines.slice(0, end).join('\n')
}

/** What a pasted command writes; its end of line is the shell's. */
async function paste(command: string): Promise<string> {
  const { stdout: output } = await promisify(execFile)('bash', ['-c', command])
  return output.trim()
}

test('the three commands that it prints work as pasted', async () => {
  await until('the commands are printed', () => /# 3\. Read\.\n.*\n\n/.test(stdout))
  assert.match(stdout, /nothing is stored/)

  const produced = JSON.parse(await paste(printed('1. Produce')))
  assert.deepEqual(
    produced.offsets.map(({ error_code }: { error_code: unknown }) => error_code),
    [null, null],
  )
  const made = await paste(printed('2. Make a consumer'))
  assert.match(made, /^\{"instance_id":"me","base_uri":"http:\/\/localhost:\d+\/consumers\/readers/)
  const read: { key: unknown; value: unknown }[] = []
  // Once is enough for who pastes by hand; tests have the machine less to themselves.
  await until('both records are read', async () => {
    read.push(...JSON.parse(await paste(printed('3. Read'))))
    return read.length >= 2
  })
  assert.deepEqual(read.map(({ key, value }) => [key, value]).sort(), [
    [null, [1, 2.5, 'three']],
    ['k1', { hello: 'world' }],
  ])
})

test('digits are printed as they were written', async () => {
  const url = /http:\/\/localhost:\d+/.exec(stdout)?.[0]
  await fetch(`${url}/consumers/readers/instances/me/positions/beginning`, {
    method: 'POST',
    body: '{"partitions":[]}',
    headers: { 'content-type': 'application/vnd.kafka.v2+json' },
  })
  assert.match(await paste(printed('3. Read')), /"value":\[1,2\.50,"three"\]/)
})

test('SIGTERM ends it with 0', async () => {
  sluice.kill('SIGTERM')
  const [code, signal] = await once(sluice, 'exit')
  assert.deepEqual([code, signal], [0, null])
})
