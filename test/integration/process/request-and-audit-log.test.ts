/** The request log and the audit log beside the log: formats, files, samples, and what they have of refusals. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { hashPassword } from '../../../src/auth/password-hash.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { JSON_V2, V2 } from '../../media-types.ts'
import { until } from '../until.ts'
import { runSluice } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-seen-'))
after(() => rmSync(folder, { recursive: true }))

async function serve(settings: Record<string, string>): Promise<Sluice> {
  const sluice = await startSluice('', { 'sluice.embedded': 'true', ...settings })
  after(() => sluice.stop())
  return sluice
}

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1)

function produce({ url }: Sluice, records: readonly object[], headers = {}): Promise<Response> {
  return fetch(`${url}/topics/t`, {
    method: 'POST',
    headers: { 'content-type': JSON_V2, ...headers },
    body: JSON.stringify({ records }),
  })
}

describe('the request log', { concurrency: true }, () => {
  for (const threads of ['1', '2']) {
    test(`is in NCSA's format in a file that may be moved, with ${threads} event loops`, async () => {
      const file = join(folder, `requests-${threads}.log`)
      const sluice = await serve({
        'sluice.http.threads': threads,
        'sluice.log.requests': 'true',
        'sluice.log.requests.format': 'ncsa',
        'sluice.log.requests.destination': file,
      })
      const headers = { 'user-agent': 'tester/1 (a "b")', referer: 'http://r/' }
      await produce(sluice, [{ value: 1 }, { value: 2, partition: 99 }], headers)
      const isProduced = (line: string) => line.includes('POST /topics/t')
      await until('the line is there', () => linesOf(file).some(isProduced))
      assert.match(
        linesOf(file).find(isProduced) ?? '',
        /^127\.0\.0\.1 - - \[[^\]]+ \+0000\] "POST \/topics\/t HTTP\/1\.1" 200 \d+ "http:\/\/r\/" "tester\/1 \(a %22b%22\)" \d+ - Failed=1$/,
      )
      renameSync(file, `${file}.1`)
      process.kill(sluice.pid as number, 'SIGHUP')
      await until('there is a new file', () => existsSync(file))
      await fetch(`${sluice.url}/topics?after=move`)
      await until('it has the line', () => linesOf(file).some((line) => /after=move/.test(line)))
      assert.doesNotMatch(sluice.log(), /tester/)
    })
  }

  test('has the records of requests, and of errors all of a sample', async () => {
    const file = join(folder, 'sample.log')
    const sluice = await serve({
      'sluice.log.level': 'warn',
      'sluice.log.requests': 'true',
      'sluice.log.requests.destination': file,
      'sluice.log.requests.one.of': '1000',
    })
    const requests = () => linesOf(file).map((line) => JSON.parse(line))
    // The first request is logged, which was that of the start.
    for (let request = 0; request < 20; request++) await produce(sluice, [{ value: 1 }])
    await produce(sluice, [{ value: 1 }, { value: 2, partition: 99 }, { value: 3 }])
    await fetch(`${sluice.url}/no/such/path`)
    await until('the last line is there', () => requests().at(-1)?.status === 404)
    assert.deepEqual(
      requests().map(({ path, records, failedRecords, status }) => [
        ...[path, records, failedRecords, status],
      ]),
      [
        ['/healthy', undefined, undefined, 200],
        ['/topics/t', 3, 1, 200],
        ['/no/such/path', undefined, undefined, 404],
      ],
    )
  })

  test('has the records of reads', async () => {
    const sluice = await serve({ 'sluice.log.requests': 'true' })
    await produce(sluice, [{ value: 1 }, { value: 2 }, { value: 3 }])
    const post = (path: string, body: object) =>
      fetch(sluice.url + path, {
        method: 'POST',
        headers: { 'content-type': V2 },
        body: JSON.stringify(body),
      })
    const name = { name: 'i', format: 'json', 'auto.offset.reset': 'earliest' }
    await post('/consumers/g', name)
    await post('/consumers/g/instances/i/subscription', { topics: ['t'] })
    let read = 0
    await until('the records are read', async () => {
      const headers = { accept: JSON_V2 }
      const url = `${sluice.url}/consumers/g/instances/i/records`
      read += ((await (await fetch(url, { headers })).json()) as unknown[]).length
      return read === 3
    })
    await sluice.stop()
    const told = sluice
      .log()
      .split('\n')
      .filter((line) => line.includes('/instances/i/records'))
      .map((line) => JSON.parse(line).records as number)
    assert.equal(
      told.reduce((sum, records) => sum + records, 0),
      3,
    )
  })

  test('needs a file that can be opened', async () => {
    const faults = await runSluice([
      ...['--check-config', '--embedded', '--set', 'sluice.log.requests=true'],
      ...['--set', 'sluice.log.requests.destination=/no/such/folder/x.log'],
      ...['--set', 'sluice.audit.log=relative.log'],
    ])
    assert.equal(faults.code, 1)
    assert.match(faults.stderr, /sluice\.log\.requests\.destination.*\/no\/such\/folder/)
    assert.match(faults.stderr, /sluice\.audit\.log.*an absolute path/)
  })
})

describe('the audit log', { concurrency: true }, () => {
  for (const threads of ['1', '2']) {
    test(`has refusals, without credentials, and counts what it leaves out, with ${threads} event loops`, async () => {
      const users = join(folder, `users-${threads}`)
      writeFileSync(users, `alice:${await hashPassword('wonderland')}:some\n`)
      const rules = join(folder, `rules-${threads}`)
      writeFileSync(rules, 'allow * endpoint:operations.*\n')
      const file = join(folder, `audit-${threads}.log`)
      const sluice = await serve({
        'sluice.http.threads': threads,
        'authentication.method': 'BASIC',
        'sluice.auth.users.file': users,
        'sluice.access.rules': rules,
        'sluice.audit.log': file,
        'sluice.audit.log.max.per.second': '1',
      })
      const basic = (text: string) => ({
        authorization: `Basic ${Buffer.from(text).toString('base64')}`,
      })
      const get = (path: string, headers = {}) => fetch(sluice.url + path, { headers })
      const events = () => linesOf(file).map((line) => JSON.parse(line))
      const eventsOf = (kind: string) => events().filter(({ event }) => event === kind)
      assert.equal((await get('/topics', basic('mistyped-password:guess'))).status, 401)
      assert.equal((await get('/topics/secret?key=s3cret', basic('alice:wonderland'))).status, 403)
      assert.equal((await get('/metrics', basic('alice:wonderland'))).status, 200)
      await until('both have a line', () => events().length >= 2)
      const [failure] = eventsOf('authentication')
      assert.deepEqual(
        [failure.client, failure.path, failure.status, failure.reason],
        ['127.0.0.1', '/topics', 401, 'UNAUTHENTICATED'],
      )
      const [denial] = eventsOf('access')
      assert.deepEqual(
        [denial.principal, denial.path, denial.operation, denial.reason],
        ['alice', '/topics/secret', 'getTopic', 'ACCESS_DENIED'],
      )
      for (let request = 0; request < 20; request++) await get('/topics')
      await until('it tells what was left out', () => eventsOf('omitted').length > 0)
      assert.match(eventsOf('omitted')[0].of, /authentication/)
      const metrics = await (await get('/metrics', basic('alice:wonderland'))).text()
      assert.match(metrics, /^sluice_log_omitted_lines_total\{log="audit"\} [1-9]/m)
      await sluice.stop()
      const all = readFileSync(file, 'utf8') + sluice.log()
      for (const secret of ['mistyped-password', 'guess', 'wonderland', 's3cret']) {
        assert.ok(!all.includes(secret), secret)
      }
    })
  }
})
