/**
 * A client of Confluent's REST proxy that nobody here wrote: nlp-kafka-rest-api from PyPI, on requests.
 * It makes instances, subscribes, reads and deletes as its authors have found it to work.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pythonCommands } from '../../cluster/python-packages.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const HERE = import.meta.dirname
/** It asks without an end until all records are there. */
const DEADLINE_MS = 60_000

const commands = pythonCommands(join(HERE, 'requirements.txt'))
const { kafka, url } = await setTheStage()

test('nlp-kafka-rest-api reads back what it has produced', async () => {
  const name = uniqueName('foreign')
  await kafka.createTopic(`${name}-response`)
  const messages = [{ text: 'ünï' }, [1, 2.5, null], 'plain']
  const script = [join(HERE, 'round_trip.py'), url, name]
  const run = promisify(execFile)(join(commands, 'python'), script, { timeout: DEADLINE_MS })
  run.child.stdin?.end(JSON.stringify(messages))
  const { stdout } = await run
  assert.deepEqual(
    JSON.parse(stdout),
    messages.map((payload) => ({ endpoint: 'endpoint', payload })),
  )
})
