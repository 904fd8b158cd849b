/** `npm run conformance`: what it says of a proxy, and its exit code. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type FakeAnswer, startFakeProxy } from './fake-proxy.ts'

const COMMAND = join(import.meta.dirname, '../../conformance/command.ts')

/** Runs it; resolves when it has ended. */
function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import=tsx', COMMAND, ...args], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}

async function runAgainst(answer: FakeAnswer, ...args: string[]) {
  const proxy = await startFakeProxy(() => answer)
  try {
    return await run(proxy.url, ...args)
  } finally {
    proxy.stop()
  }
}

describe('the command', { concurrency: 3 }, () => {
  test('is content with a proxy that answers as it should', async () => {
    const answer = { status: 406, text: '{"error_code":406,"message":"HTTP 406 Not Acceptable"}' }
    const { code, stdout } = await runAgainst(answer, '--case', '406-without-type')
    assert.match(stdout, /^same +406-without-type +.*\n\n1 cases, 0 of them wrong\n$/)
    assert.equal(code, 0)
  })

  test('fails for another one, and says how it differs', async () => {
    const answer = { status: 418, text: 'No.' }
    const { code, stdout } = await runAgainst(answer, '--case', '406-without-type')
    assert.match(
      stdout,
      /^DIFFERENT +406-without-type .*\n +step 1, GET \/topics: the status is 418/,
    )
    assert.equal(code, 1)
  })

  test('calls nothing wrong that it could not ask, and says what to do about it', async () => {
    const { code, stdout } = await runAgainst({ status: 404 }, '--case', 'partition-offsets')
    assert.match(
      stdout,
      /^not asked +partition-offsets .*\n\n1 cases, 0 of them wrong, 1 not asked:\nNo topic can be made: .* answers 404\. Say with --bootstrap where Kafka is\.\n$/,
    )
    assert.equal(code, 2)
  })

  for (const [what, args] of Object.entries({
    'no URL': [],
    'an unknown world': ['http://127.0.0.1:9', '--world', 'nowhere'],
    'a world that needs more': ['http://127.0.0.1:9', '--world', 'registry'],
    'an unknown case': ['http://127.0.0.1:9', '--case', 'nothing'],
    'an unknown option': ['http://127.0.0.1:9', '--nonsense'],
  })) {
    test(`asks nothing with ${what}, and tells its usage`, async () => {
      const { code, stderr } = await run(...args)
      assert.match(stderr, /Usage: npm run conformance -- URL/)
      assert.equal(code, 2)
    })
  }
})
