/** The log: JSON lines, the levels of librdkafka's lines, and what an exit leaves of it. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createLog, type Logger, logSyslog } from '../../src/log.ts'

const LOG = new URL('../../src/log.ts', import.meta.url).href

/** What a process prints that makes a log with these options and uses it. */
function printed(options: string, use: string): string {
  const script = `
    import { createLog, logSyslog } from ${JSON.stringify(LOG)}
    const log = createLog(${options})
    ${use}`
  const args = ['--import=tsx', '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout
}

test('lines are JSON with a level, the process and what was said; lower levels are left out', () => {
  const lines = printed(
    "{ level: 'info', format: 'auto' }",
    "log.debug('not this'); log.info({ port: 1 }, 'listening'); logSyslog(log, 3, 'a line')",
  )
  const [listening, engine, ...others] = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(others, [])
  assert.deepEqual([listening.level, listening.port, listening.msg], ['info', 1, 'listening'])
  assert.ok(Number.isInteger(listening.pid))
  assert.equal(new Date(listening.time).toISOString(), listening.time)
  assert.equal(listening.hostname, undefined)
  assert.deepEqual([engine.level, engine.component, engine.msg], ['error', 'engine', 'a line'])
})

test('pretty lines are for people', () => {
  const lines = printed("{ level: 'info', format: 'pretty' }", "log.info({ port: 1 }, 'listening')")
  assert.match(lines, /INFO.*listening[\s\S]*port: 1/)
})

test('pretty lines hold no control characters of what is logged', () => {
  const lines = printed(
    "{ level: 'info', format: 'pretty' }",
    `const evil = 'a' + String.fromCharCode(10) + 'INFO: forged' + String.fromCharCode(27) + '[2J' + String.fromCharCode(0x9b)
    log.info({ path: evil, err: new Error(evil) }, evil)
    logSyslog(log, 3, evil)`,
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(lines, /^\s*INFO: forged|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/m)
  assert.match(lines, /a\\u000aINFO: forged\\u001b\[2J\\u009b/)
  assert.match(lines, /\n\s+at /)
})

test('what was logged before the process exits is there after it', () => {
  for (const format of ['json', 'pretty']) {
    const lines = printed(
      `{ level: 'info', format: '${format}' }`,
      "log.info('the last words'); process.exit(1)",
    )
    assert.match(lines, /the last words/)
  }
})

/** The levels that a log is asked to log with. */
function levelsOf(log: (to: Logger) => void): string[] {
  const levels: string[] = []
  const recorder = new Proxy({} as Logger, {
    get: (_target, level: string) => () => void levels.push(level),
  })
  log(recorder)
  return levels
}

test("librdkafka's levels are syslog's", () => {
  assert.deepEqual(
    levelsOf((log) => {
      for (let level = 0; level <= 8; level++) logSyslog(log, level, 'line')
    }),
    ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug', 'info'],
  )
})

test('the level is the one that was asked for', () => {
  assert.equal(createLog({ level: 'warn', format: 'json' }).level, 'warn')
})
