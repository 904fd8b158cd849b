/** `sluice.access.rules`: who may do what, with principals from certificates' headers, and new rules without a restart. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { startSluice } from '../../cluster/sluice.ts'
import { JSON_V2, V2 } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'
import { runSluice } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-access-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'access.rules')
const write = (...rules: string[]) => writeFileSync(file, rules.join('\n'))

const [OPERATOR, APP, STRANGER] = ['127.0.0.1', '127.0.0.5', '127.0.0.9']

write(
  '# The operator of the test.',
  `allow * from:${OPERATOR}`,
  'deny * topic:secret-*',
  `allow * from:${APP} endpoint:api.v2.topics.list,api.v2.produce-to-topic.* topic:orders,payments`,
  `allow * from:${APP} endpoint:api.v2.consumers.* consumer-group:app-* topic:orders`,
)
const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.http.threads': '2',
  'sluice.access.rules': file,
})
after(() => sluice.stop())

/** Sends a request from an address. Each has a connection of its own, so that all event loops get some. */
async function send(from: string, method: string, path: string, body?: object, type = V2) {
  const connection = await RawConnection.open(sluice.url, from)
  const text = body === undefined ? '' : JSON.stringify(body)
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: x',
    ...(body === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${text.length}`]),
  ]
  await connection.send(`${head.join('\r\n')}\r\n\r\n${text}`)
  const response = await connection.response(method === 'HEAD')
  connection.close()
  return { status: response?.status, text: response?.body ?? '' }
}

const produce = (from: string, topic: string) =>
  send(from, 'POST', `/topics/${topic}`, { records: [{ value: 1 }] }, JSON_V2)

describe('rules of access', () => {
  test('allow what the first matching rule allows, and deny everything else', async () => {
    for (const topic of ['orders', 'payments', 'other', 'secret-1']) {
      assert.equal((await produce(OPERATOR, topic)).status, 200)
    }
    assert.equal((await produce(APP, 'orders')).status, 200)
    const denied = await produce(APP, 'other')
    assert.equal(denied.status, 403)
    assert.deepEqual(JSON.parse(denied.text), {
      error_code: 403,
      message:
        'The rules of this server do not allow api.v2.produce-to-topic.json and the topic other.',
    })
    assert.equal((await produce(APP, 'secret-1')).status, 403)
    // The name is the decoded one.
    assert.equal((await produce(APP, '%6frders')).status, 200)
    assert.equal((await produce(APP, 'orders%2Fx')).status, 403)
    for (const path of ['/brokers', '/metrics', '/topics/orders', '/']) {
      assert.equal((await send(APP, 'GET', path)).status, 403, path)
      assert.equal((await send(STRANGER, 'HEAD', path)).status, 403, path)
    }
  })

  test('do not concern probes', async () => {
    for (const path of ['/healthy', '/ready']) {
      assert.notEqual((await send(STRANGER, 'GET', path)).status, 403, path)
    }
  })

  test('show the topics that a caller may use', async () => {
    const listed = async (from: string) => JSON.parse((await send(from, 'GET', '/topics')).text)
    assert.deepEqual((await listed(APP)).sort(), ['orders', 'payments'])
    assert.deepEqual((await listed(OPERATOR)).sort(), ['orders', 'other', 'payments', 'secret-1'])
    assert.equal((await send(STRANGER, 'GET', '/topics')).status, 403)
  })

  test('check the group and the topics of a consumer', async () => {
    assert.equal((await send(APP, 'POST', '/consumers/other', { name: 'me' })).status, 403)
    assert.equal((await send(APP, 'POST', '/consumers/app-1', { name: 'me' })).status, 200)
    const instance = '/consumers/app-1/instances/me'
    const post = async (path: string, body: object) =>
      (await send(APP, 'POST', `${instance}${path}`, body)).status
    assert.equal(await post('/subscription', { topics: ['orders', 'payments'] }), 403)
    assert.equal(await post('/subscription', { topic_pattern: 'orders' }), 403)
    const partitions = (topic: string) => ({ partitions: [{ topic, partition: 0 }] })
    assert.equal(await post('/assignments', partitions('payments')), 403)
    assert.equal(await post('/assignments', partitions('orders')), 204)
    assert.equal(await post('/positions/end', partitions('secret-1')), 403)
    assert.equal(await post('/positions/end', partitions('orders')), 204)
    const offset = (topic: string) => ({ offsets: [{ topic, partition: 0, offset: 0 }] })
    assert.equal(await post('/positions', offset('other')), 403)
    assert.equal(await post('/positions', offset('orders')), 204)
    assert.equal((await send(APP, 'GET', `${instance}/records?timeout=100`)).status, 200)
    assert.equal((await send(APP, 'DELETE', instance)).status, 204)
  })

  test('answer OPTIONS, and unknown paths as before', async () => {
    assert.equal((await send(STRANGER, 'OPTIONS', '/topics')).status, 200)
    assert.equal((await send(STRANGER, 'GET', '/no/such/path')).status, 404)
  })
})

describe('new rules', () => {
  const isOpen = async () => {
    // Both event loops have to have them.
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(APP, 'GET', '/')))
    return answers.every(({ status }) => status === 200)
  }

  test('are read when the file changes', async () => {
    write(`allow * from:${OPERATOR},${APP}`)
    await until('the new rules are used', isOpen)
    assert.match(sluice.log(), /the rules of access were read again/)
  })

  test('stay unused when the file is broken, which the log and a metric tell', async () => {
    write('allow everything')
    process.kill(sluice.pid as number, 'SIGHUP')
    await until('the fault is logged', () =>
      /access\.rules, line 1: expected .*the old ones stay in use/.test(sluice.log()),
    )
    assert.ok(await isOpen())
    const { text } = await send(OPERATOR, 'GET', '/metrics')
    assert.match(text, /sluice_access_rules_reloads_total\{result="failure"\} [1-9]/)
  })
})

test('a start fails with rules that cannot be read', async () => {
  const broken = join(folder, 'broken.rules')
  writeFileSync(broken, 'allow *\ndeny * endpoint:api.v2.nothing.*')
  for (const [path, expected] of [
    [broken, /sluice\.access\.rules .*line 2: expected names of endpoints/],
    [join(folder, 'missing.rules'), /sluice\.access\.rules .*ENOENT/],
  ] as const) {
    const { code, stderr } = await runSluice(['--embedded', '--set', `sluice.access.rules=${path}`])
    assert.equal(code, 1)
    assert.match(stderr, expected)
  }
})

test('--check-access explains a decision', async () => {
  const rules = join(folder, 'explained.rules')
  writeFileSync(rules, 'deny * topic:secret-*\nallow group:apps topic:*\n')
  const check = (question: string) =>
    runSluice(['--embedded', '--set', `sluice.access.rules=${rules}`, '--check-access', question])
  const allowed = await check('group=apps POST /topics/orders')
  assert.deepEqual(
    [allowed.code, allowed.stdout],
    [
      0,
      'allowed: api.v2.produce-to-topic.binary, topic orders\nline 2: allow group:apps topic:*\n',
    ],
  )
  const denied = await check('group=apps GET /topics/secret-1')
  assert.deepEqual(
    [denied.code, denied.stdout.split('\n')[1]],
    [1, 'line 1: deny * topic:secret-*'],
  )
  assert.match((await check('nonsense')).stderr, /Expected METHOD PATH/)
})
