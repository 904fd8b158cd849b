/** What the registry's client does when its registry misbehaves, and how long that takes. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RegistryClient } from '../../../src/schema-registry/client.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { until } from '../until.ts'
import {
  aSchema,
  type Behaviour,
  endless,
  FaultyRegistry,
  failure,
  json,
  silence,
  text,
} from './faulty-registry.ts'
import {
  type ClientOptions,
  errorOf,
  newClient,
  type RegistryKeys,
  refused,
} from './registry-client.ts'

/** Slack for a busy machine on top of a deadline, in ms. */
const SLACK_MS = 1500

let registry: FaultyRegistry
let clients: RegistryClient[]

beforeEach(async () => {
  registry = await FaultyRegistry.start()
  clients = []
})
afterEach(async () => {
  for (const client of clients) client.close()
  await registry.stop()
})

/** A client of the registry above, closed after the test. */
function connect(keys: RegistryKeys = {}, options?: ClientOptions, url = registry.url) {
  const client = newClient(url, keys, options)
  clients.push(client)
  return client
}

/** Each caller is known by its own login. */
const OF_CALLERS: RegistryKeys = {
  'basic.auth.credentials.source': 'SASL_INHERIT',
  'bearer.auth.credentials.source': 'SASL_OAUTHBEARER_INHERIT',
  'client.security.protocol': 'SASL_SSL',
  'sluice.kafka.identity': 'propagate',
  'sluice.kafka.identity.pass.through': 'PLAIN,OAUTHBEARER',
  'authentication.method': 'BASIC,BEARER',
  'sluice.auth.users.file': '/users',
  'public.key.path': '/key',
  'bootstrap.servers': '127.0.0.1:1',
  'sluice.embedded': 'false',
}

/** How long a call took, in ms. */
async function timed(call: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await call
  return performance.now() - started
}

describe('an answer with an error', () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    it(`${status} is retried until it is over`, async () => {
      registry.next(failure(status, status * 100 + 1), text(status, 'text/html', '<html>'))
      const client = connect({ 'max.retries': 2 })
      assert.equal((await client.getSchema(1)).text, '"string"')
      assert.equal(registry.requests.length, 3)
      assert.deepEqual([client.readings.requests, client.readings.failures], [3, 2])
    })

    it(`${status} is told when it is never over`, async () => {
      registry.behaviour = failure(status, status * 100 + 1)
      const client = connect({ 'max.retries': 2 })
      const error = await errorOf(client.getSchema(1))
      const { failure: kind, errorCode } = error
      assert.deepEqual([kind, error.status, errorCode], ['unavailable', status, status * 100 + 1])
      assert.ok(
        error.message.startsWith(`GET /schemas/ids/1 was answered with ${status} `),
        error.message,
      )
      assert.match(error.message, /: No luck \(\d+\); error code: \d+$/)
      assert.equal(registry.requests.length, 3)
    })
  }

  for (const status of [400, 401, 403, 404, 409, 422]) {
    it(`${status} is final`, async () => {
      registry.behaviour = failure(status, status * 100 + 1)
      const error = await errorOf(connect({ 'max.retries': 2 }).getSchema(1))
      const { failure: kind, errorCode } = error
      assert.deepEqual([kind, error.status, errorCode], ['refused', status, status * 100 + 1])
      assert.equal(registry.requests.length, 1)
    })
  }

  it('is told by its status when nothing else can be read', async () => {
    registry.behaviour = text(403, 'text/html', '<html>Who are you?')
    const error = await errorOf(connect().getSchema(7))
    assert.deepEqual([error.failure, error.status, error.errorCode], ['refused', 403, undefined])
    assert.equal(
      error.message,
      'GET /schemas/ids/7 was answered with 403 Forbidden and text/html that is no ' +
        'error of a schema registry.',
    )
  })

  it('is waited out for as long as it says, unless that is too long', async () => {
    registry.next(failure(429, 42901, { 'retry-after': '1' }))
    const client = connect({ 'max.retries': 1 })
    assert.ok((await timed(client.getSchema(1))) >= 1000)

    registry.next(failure(429, 42901, { 'retry-after': '3600' }))
    const started = performance.now()
    const error = await errorOf(client.getSchema(2))
    assert.equal(error.errorCode, 42901)
    assert.ok(performance.now() - started < SLACK_MS)
  })
})

describe('an answer that makes no sense', () => {
  const cases: [what: string, behaviour: Behaviour, expected: RegExp][] = [
    [
      'a web page',
      text(200, 'text/html', '<!DOCTYPE html>'),
      /text\/html that is no complete JSON/,
    ],
    ['half of a document', text(200, 'application/json', '{"schema":"'), /no complete JSON/],
    ['nothing', text(204, 'application/json', ''), /no complete JSON/],
    ['a list', json(200, []), /what was expected: an object/],
    ['null', json(200, null), /what was expected: an object/],
    ['no schema', json(200, {}), /what was expected: "schema", a string/],
    ['a number as schema', json(200, { schema: 7 }), /"schema", a string/],
    [
      'an unknown type',
      json(200, { schema: '', schemaType: 'XML' }),
      /one of AVRO, JSON, PROTOBUF/,
    ],
    ['odd references', json(200, { schema: '', references: {} }), /"references", an array/],
    ['a nameless reference', json(200, { schema: '', references: [{}] }), /"name" of a reference/],
    [
      'a reference to no version',
      json(200, { schema: '', references: [{ name: 'a', subject: 'b', version: '1' }] }),
      /"version" of a reference/,
    ],
  ]
  for (const [what, behaviour, expected] of cases) {
    it(`like ${what} is told with the address, and not retried`, async () => {
      registry.behaviour = behaviour
      const error = await errorOf(connect({ 'max.retries': 3 }).getSchema(7))
      assert.equal(error.failure, 'unreadable')
      assert.match(error.message, expected)
      assert.match(error.message, /GET \S*\/schemas\/ids\/7/)
      assert.equal(registry.requests.length, 1)
    })
  }

  it('is found in every kind of answer', async () => {
    const schema = { type: 'AVRO', text: '"int"', references: [] } as const
    registry.behaviour = json(200, { schema: '"int"', subject: 's', version: 0, id: 1 })
    const client = connect()
    assert.match((await errorOf(client.getVersion('s', 1))).message, /"version", a number/)
    assert.match((await errorOf(client.lookUp('s', schema))).message, /"version", a number/)
    assert.match((await errorOf(client.getSubjectVersions(1))).message, /an array/)
    registry.behaviour = json(200, { id: 2 ** 31 })
    assert.match((await errorOf(client.register('s', schema))).message, /"id", a number/)
  })
})

describe('a redirect', () => {
  it('is not followed, and its target gets no credentials', async () => {
    const target = await FaultyRegistry.start()
    for (const status of [301, 302, 303, 307, 308]) {
      const location = `http://me:secret@127.0.0.1:${target.port}/login?token=secret`
      registry.next((_, response) => response.writeHead(status, { location }).end())
      const keys = {
        'basic.auth.credentials.source': 'USER_INFO',
        'basic.auth.user.info': 'u:hush',
      }
      const error = await errorOf(connect(keys).getSchema(1))
      assert.equal(error.failure, 'unreadable')
      assert.equal(error.status, status)
      assert.match(error.message, /answered with 30\d, a redirect, which is not followed/)
      assert.match(error.redirectsTo ?? '', /^http:\/\/\[hidden\]@127\.0\.0\.1:\d+\/login$/)
      assert.doesNotMatch(error.message, /secret|hush|127\.0\.0\.1/)
    }
    assert.deepEqual(target.requests, [])
    await target.stop()
  })
})

describe('a switch of protocols that nobody asked for', () => {
  it('is no answer, and the question can be asked again', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
    registry.next((_, response) => response.socket?.write(head))
    let now = 0
    const client = connect({ 'max.retries': 0 }, { now: () => now })
    const error = await errorOf(client.getSchema(7))
    assert.equal(error.failure, 'unavailable')
    assert.match(error.message, /101 Switching Protocols/)
    now = 60_000
    assert.equal((await client.getSchema(7)).text, '"string"')
    await until('its connection is closed', async () => (await registry.connections()) === 1)
  })
})

describe('an answer that is too long', () => {
  it('is cut off', async () => {
    registry.behaviour = endless
    const error = await errorOf(connect({ 'max.retries': 3 }).getSchema(1))
    assert.equal(error.failure, 'unreadable')
    assert.match(error.message, /answered with more than 3145728 bytes/)
    assert.equal(registry.requests.length, 1)
    await until('the connection is closed', async () => (await registry.connections()) === 0)
  })

  it('is refused when it is a schema of more bytes than are allowed', async () => {
    const limit = 2048
    const client = connect({ 'sluice.schema.max.bytes': limit })
    registry.next(json(200, { schema: 'é'.repeat(limit / 2) }))
    assert.equal((await client.getSchema(1)).text.length, limit / 2)
    registry.next(json(200, { schema: 'x'.repeat(limit + 1) }))
    const error = await errorOf(client.getSchema(2))
    assert.equal(error.failure, 'unreadable')
    assert.match(error.message, /have more than sluice\.schema\.max\.bytes=2048 bytes/)
  })

  it('is refused when a schema has as many with all that it refers to', async () => {
    const references = [{ name: 'n', subject: 's', version: 1 }]
    registry.next(
      json(200, { schema: 'x'.repeat(1024), references }),
      json(200, { schema: 'x'.repeat(1025) }),
    )
    const error = await errorOf(connect({ 'sluice.schema.max.bytes': 2048 }).getSchema(1))
    assert.match(error.message, /and what it refers to have more than/)
  })
})

describe('an answer of many brackets', () => {
  for (const [what, body] of [
    ['within each other', '['.repeat(2_000_000)],
    ['behind each other', `[${'[],'.repeat(500_000)}[]]`],
  ] as const) {
    it(`${what} is not parsed`, async () => {
      registry.behaviour = text(200, 'application/json', body)
      const error = await errorOf(connect().getSchema(1))
      assert.equal(error.failure, 'unreadable')
      registry.behaviour = text(404, 'application/json', body)
      assert.equal((await errorOf(connect().getSchema(1))).errorCode, undefined)
    })
  }
})

describe('a registry that takes its time', () => {
  const limit = { 'sluice.schema.registry.timeout.ms': 300, 'max.retries': 3 }

  const slow: [what: string, behaviour: Behaviour][] = [
    ['says nothing', silence],
    ['stops after the head', (_, response) => response.writeHead(200).flushHeaders()],
    [
      'sends a byte now and then',
      (_, response) => {
        const timer = setInterval(() => response.write(' '), 20)
        response.once('close', () => clearInterval(timer))
      },
    ],
  ]
  for (const [what, behaviour] of slow) {
    it(`and ${what} is given up at the deadline`, async () => {
      registry.behaviour = behaviour
      const started = performance.now()
      const error = await errorOf(connect(limit).getSchema(1))
      const ms = performance.now() - started
      assert.equal(error.failure, 'unavailable')
      assert.match(error.message, /no answer within \d+ ms|no time left/)
      assert.ok(ms >= 290 && ms < 300 + SLACK_MS, `${ms} ms`)
      await until('the connection is closed', async () => (await registry.connections()) === 0)
    })
  }

  it('may be told to be given up when it is silent', async () => {
    registry.behaviour = silence
    const error = await errorOf(connect({ 'http.read.timeout.ms': 100 }).getSchema(1))
    assert.match(error.message, /nothing came for 100 ms/)
  })

  it('cannot prolong a question by its references', async () => {
    registry.behaviour = (request, response) => {
      const version = Number(/versions\/(\d+)/.exec(request.path)?.[1] ?? 0) + 1
      const references = [{ name: `n${version}`, subject: 's', version }]
      setTimeout(() => json(200, { schema: '', references })(request, response), 50)
    }
    const started = performance.now()
    const error = await errorOf(connect(limit).getSchema(1))
    assert.equal(error.failure, 'unavailable')
    assert.ok(performance.now() - started < 300 + SLACK_MS)
    assert.ok(registry.requests.length <= 7)
  })

  it('is asked for once by all who wait', async () => {
    registry.behaviour = (request, response) => {
      setTimeout(() => aSchema(request, response), 100)
    }
    const client = connect()
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.getSchema(1)))
    assert.equal(new Set(answers).size, 1)
    assert.equal(registry.requests.length, 1)
  })

  it('is asked by eight at a time', async () => {
    let most = 0
    registry.behaviour = async (request, response) => {
      most = Math.max(most, await registry.connections())
      setTimeout(() => aSchema(request, response), 30)
    }
    const client = connect()
    await Promise.all(Array.from({ length: 40 }, (_, id) => client.getSchema(id)))
    assert.equal(registry.requests.length, 40)
    assert.equal(most, 8)
  })
})

describe('a connection', () => {
  it('that breaks off amid an answer is tried anew', async () => {
    const half: Behaviour = (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"schema":', () => response.destroy())
    }
    registry.next(half)
    const client = connect({ 'max.retries': 1 })
    assert.equal((await client.getSchema(1)).text, '"string"')
    registry.behaviour = half
    const error = await errorOf(client.getSchema(2))
    assert.equal(error.failure, 'unavailable')
    assert.match(error.message, /got no answer: the connection broke off amid the answer\.$/)
  })

  it('that breaks off before an answer is tried anew', async () => {
    registry.next((_, response) => response.destroy())
    assert.equal((await connect({ 'max.retries': 1 }).getSchema(1)).text, '"string"')
  })

  it('is kept, and nobody notices when the registry has closed it', async () => {
    const client = connect()
    for (let id = 0; id < 5; id++) await client.getSchema(id)
    assert.equal(await registry.connections(), 1)
    registry.next((_, response) => response.destroy())
    assert.equal((await client.getSchema(5)).text, '"string"')
    assert.equal(client.readings.failures, 0)
  })

  it('is made anew when the registry has closed all that were kept', async () => {
    registry.behaviour = (request, response) => {
      setTimeout(() => aSchema(request, response), 20)
    }
    const client = connect()
    await Promise.all(Array.from({ length: 8 }, (_, id) => client.getSchema(id)))
    assert.equal(await registry.connections(), 8)
    registry.next(...Array<Behaviour>(8).fill((_, response) => response.destroy()))
    assert.equal((await client.getSchema(8)).text, '"string"')
    assert.equal(client.readings.failures, 0)
  })
})

describe('several addresses', () => {
  let second: FaultyRegistry

  beforeEach(async () => {
    second = await FaultyRegistry.start()
  })
  afterEach(() => second.stop())

  function connectBoth(keys: RegistryKeys = {}, options?: ClientOptions) {
    return connect(keys, options, `${registry.url},${second.url}`)
  }

  it('are used in their order', async () => {
    const client = connectBoth()
    for (let id = 0; id < 3; id++) await client.getSchema(id)
    assert.deepEqual([registry.requests.length, second.requests.length], [3, 0])
  })

  it('stand in for each other, and the one that works is stayed with', async () => {
    const log: string[] = []
    const client = connectBoth({}, { log })
    registry.behaviour = failure(503, 50301)
    for (let id = 0; id < 3; id++) await client.getSchema(id)
    assert.deepEqual([registry.requests.length, second.requests.length], [1, 3])

    registry.behaviour = aSchema
    second.behaviour = failure(503, 50301)
    for (let id = 3; id < 6; id++) await client.getSchema(id)
    assert.deepEqual([registry.requests.length, second.requests.length], [4, 4])
    assert.equal(log.filter((line) => line.includes('the schema registry failed')).length, 2)
    assert.equal(log.filter((line) => line.includes('the schema registry answers again')).length, 1)
  })

  it('stand in for one that nobody listens at', async () => {
    const [port] = await freePorts(1)
    const client = connect({}, {}, `http://127.0.0.1:${port},${second.url}`)
    assert.equal((await client.getSchema(1)).text, '"string"')
  })

  it('stand in for one that says nothing, before the deadline', async () => {
    registry.behaviour = silence
    const client = connectBoth({ 'sluice.schema.registry.timeout.ms': 1000 })
    const ms = await timed(client.getSchema(1))
    assert.ok(ms >= 490 && ms < 500 + SLACK_MS, `${ms} ms`)
    assert.ok((await timed(client.getSchema(2))) < 490)
  })

  it('stand in for one that is no registry', async () => {
    registry.behaviour = text(200, 'text/html', '<html>')
    assert.equal((await connectBoth().getSchema(1)).text, '"string"')
  })

  it('are not asked for a better answer than a refusal', async () => {
    registry.behaviour = failure(404, 40403)
    assert.equal((await errorOf(connectBoth().getSchema(1))).errorCode, 40403)
    assert.deepEqual(second.requests, [])
  })

  it('are all named when none works', async () => {
    const [port] = await freePorts(1)
    registry.behaviour = text(502, 'text/html', '<html>')
    const client = connect({}, {}, `http://u:hush@127.0.0.1:${port},${registry.url}`)
    const { message, failure, status } = await errorOf(client.getSchema(1))
    assert.equal(failure, 'unavailable')
    assert.equal(status, undefined)
    assert.match(message, /GET \/schemas\/ids\/1 got no answer: .*REFUSED/)
    assert.match(message, /GET \/schemas\/ids\/1 was answered with 502 Bad/)
    // Clients are told this; the addresses are the operator's, and in the log.
    assert.doesNotMatch(message, /hush|127\.0\.0\.1|http:/)
  })
})

describe('credentials', () => {
  const user = `Basic ${Buffer.from('me@home:p%w:ü').toString('base64')}`

  async function headersOf(keys: RegistryKeys, url = registry.url) {
    const log: string[] = []
    const client = connect(keys, { log }, url)
    await client.getSchema(1)
    registry.behaviour = failure(500, 50001)
    await errorOf(client.getSchema(2))
    assert.doesNotMatch(log.join(), /p%w|p%25w|hush|authorization/i)
    return registry.requests[0]?.headers
  }

  it('come from the URL', async () => {
    const url = registry.url.replace('//', '//me%40home:p%25w:%C3%BC@')
    assert.equal((await headersOf({}, url))?.authorization, user)
  })

  it('come from a setting, under any of its names', async () => {
    for (const prefix of ['', 'client.', 'client.schema.registry.', 'consumer.']) {
      const headers = await headersOf({
        [`${prefix}basic.auth.credentials.source`]: 'USER_INFO',
        [`${prefix}basic.auth.user.info`]: 'me@home:p%w:ü',
      })
      assert.equal(headers?.authorization, user)
      registry.behaviour = aSchema
    }
  })

  it('come from the login to Kafka', async () => {
    const headers = await headersOf({
      'basic.auth.credentials.source': 'SASL_INHERIT',
      'client.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
        'username="me@home" password="p%w:ü";',
    })
    assert.equal(headers?.authorization, user)
  })

  it('are a bearer token', async () => {
    const headers = await headersOf({
      'bearer.auth.credentials.source': 'STATIC_TOKEN',
      'bearer.auth.token': 'hush',
      'bearer.auth.logical.cluster': 'lsrc-1',
      'bearer.auth.identity.pool.id': 'pool-1',
    })
    assert.equal(headers?.authorization, 'Bearer hush')
    assert.equal(headers?.['target-sr-cluster'], 'lsrc-1')
    assert.equal(headers?.['confluent-identity-pool-id'], 'pool-1')
  })

  it('are those of a caller, and nothing of the others', async () => {
    const client = connect(
      { ...OF_CALLERS, 'bearer.auth.logical.cluster': 'lsrc-1' },
      {},
      registry.url.replace('//', '//me:hush@'),
    )
    for (const login of [user, 'Bearer a.b.c', 'Bearer a.b.d']) await client.as(login).getSchema(1)
    const shown = registry.requests.map(({ headers }) => [
      headers.authorization,
      headers['target-sr-cluster'],
    ])
    assert.deepEqual(shown, [
      [user, undefined],
      ['Bearer a.b.c', 'lsrc-1'],
      ['Bearer a.b.d', 'lsrc-1'],
    ])
  })

  it('of a caller are not tried again for a while when they are unknown, and those of others are', async () => {
    const clock = { now: 1 }
    const client = connect({ ...OF_CALLERS }, { now: () => clock.now })
    const schema = { type: 'AVRO', text: '"string"', references: [] } as const
    const ids = (login: string) => [1, 2].map((id) => client.as(login).getSchema(id))
    registry.behaviour = failure(401, 401)
    for (const asked of [1, 1, 2]) {
      await assert.rejects(client.as('Basic YTpi').getSchema(1), refused(401))
      await assert.rejects(client.as('Basic YTpi').lookUp('s', schema), refused(401))
      assert.equal(registry.requests.length, asked)
      clock.now += 9_000
    }
    registry.behaviour = aSchema
    await Promise.all(ids('Basic YTpj'))
    assert.equal(registry.requests.length, 4)
    await assert.rejects(Promise.all(ids('Basic YTpi')), refused(401))
    clock.now += 10_000
    await Promise.all(ids('Basic YTpi'))
    assert.equal(registry.requests.length, 6)
  })

  it('of a caller stay known when a right is missing', async () => {
    const client = connect({ ...OF_CALLERS })
    registry.next(failure(403, 40301))
    await assert.rejects(client.as('Basic YTpi').getSchema(1), refused(40301))
    await client.as('Basic YTpi').getSchema(2)
    assert.equal(registry.requests.length, 2)
  })

  it('are not sent when there are none', async () => {
    assert.equal((await headersOf({}))?.authorization, undefined)
  })
})

describe('what is asked', () => {
  it('is Confluent’s API, below the path of the address', async () => {
    const client = connect({ 'normalize.schemas': 'true' }, {}, `${registry.url}/apis/v7/`)
    const references = [{ name: 'n', subject: 's', version: 3 }]
    const schema = { type: 'JSON', text: '{}', references } as const
    registry.behaviour = json(200, { id: 5, subject: 's', version: 3, schema: '{}' })
    await client.getSchema(5)
    await client.getVersion('a/b', 'latest')
    await client.getVersion('s', 3, { deleted: true })
    await client.lookUp('s', schema)
    await client.lookUp('s', schema, { deleted: true })
    await client.register('s', schema)
    await client.register('s', { type: 'AVRO', text: '"int"', references: [] })
    registry.behaviour = json(200, [])
    await client.getSubjectVersions(5)
    assert.deepEqual(
      registry.requests.map(({ method, path }) => `${method} ${path}`),
      [
        'GET /apis/v7/schemas/ids/5',
        'GET /apis/v7/subjects/a%2Fb/versions/latest',
        'GET /apis/v7/subjects/s/versions/3?deleted=true',
        'POST /apis/v7/subjects/s?normalize=true',
        'POST /apis/v7/subjects/s?normalize=true&deleted=true',
        'POST /apis/v7/subjects/s/versions?normalize=true',
        'POST /apis/v7/subjects/s/versions?normalize=true',
        'GET /apis/v7/schemas/ids/5/versions',
      ],
    )
    const [lookUp, , , plain] = registry.requests.slice(3)
    assert.deepEqual(JSON.parse(lookUp?.body ?? ''), {
      schema: '{}',
      schemaType: 'JSON',
      references,
    })
    assert.equal(plain?.body, '{"schema":"\\"int\\""}')
    assert.equal(lookUp?.headers['content-type'], 'application/vnd.schemaregistry.v1+json')
    assert.match(lookUp?.headers.accept ?? '', /^application\/vnd\.schemaregistry\.v1\+json/)
  })
})

describe('the name of a subject', () => {
  it('may come back with its context', async () => {
    const versions = [
      { subject: ':.other:t', version: 9 },
      { subject: ':.ctx:s', version: 2 },
      { subject: ':.ctx:s', version: 4 },
      { subject: 'x:s', version: 8 },
    ]
    registry.behaviour = json(200, versions)
    const client = connect({}, {}, `${registry.url}/contexts/.ctx`)
    assert.equal(await client.getVersionOfId('s', 1), 4)
    assert.equal((await errorOf(client.getVersionOfId('none', 1))).errorCode, 40403)
  })

  it('cannot lead elsewhere', async () => {
    const client = connect()
    const schema = { type: 'AVRO', text: '"int"', references: [] } as const
    for (const subject of ['', '.', '..']) {
      for (const call of [
        client.getVersion(subject, 'latest'),
        client.lookUp(subject, schema),
        client.register(subject, schema),
      ]) {
        const error = await errorOf(call)
        assert.deepEqual([error.failure, error.status, error.errorCode], ['refused', 422, 42208])
      }
    }
    const error = await errorOf(client.getVersion('x'.repeat(1001), 1))
    assert.deepEqual([error.failure, error.errorCode], ['refused', 42208])
    assert.ok(error.message.length < 300, error.message)
    assert.deepEqual(registry.requests, [])
    for (const subject of ['...', '../..', '..%2f..', 'a?b#c', '\ud800']) {
      await errorOf(client.getVersion(subject, 1))
    }
    assert.deepEqual(registry.paths, [
      '/subjects/.../versions/1',
      '/subjects/..%2F../versions/1',
      '/subjects/..%252f../versions/1',
      '/subjects/a%3Fb%23c/versions/1',
      '/subjects/%EF%BF%BD/versions/1',
    ])
  })
})

describe('answers are remembered', () => {
  let now: number
  const clock = { now: () => now }
  const version = (version: number) =>
    json(200, { id: version, subject: 's', version, schema: `${version}` })

  beforeEach(() => {
    now = 0
  })

  it('for ever when they never change', async () => {
    registry.behaviour = version(1)
    const client = connect({}, clock)
    const ask = async () => {
      await client.getSchema(1)
      await client.getVersion('s', 1)
      await client.lookUp('s', { type: 'AVRO', text: '1', references: [] })
    }
    await ask()
    assert.equal(registry.requests.length, 3)
    now = 1e12
    await ask()
    assert.equal(await client.getVersionOfId('s', 1), 1)
    assert.equal(registry.requests.length, 3)
    assert.deepEqual([client.readings.hits, client.readings.misses], [4, 3])
  })

  it('by the content of a schema, not by its text alone', async () => {
    registry.behaviour = version(1)
    const client = connect()
    const references = [{ name: 'n', subject: 's', version: 1 }]
    for (let turn = 0; turn < 2; turn++) {
      await client.lookUp('s', { type: 'AVRO', text: '1', references: [] })
      await client.lookUp('s', { type: 'JSON', text: '1', references: [] })
      await client.lookUp('s', { type: 'JSON', text: '1', references })
      await client.lookUp('t', { type: 'JSON', text: '1', references })
    }
    assert.equal(registry.requests.length, 4)
  })

  it('for a while when they are the latest', async () => {
    registry.next(version(1), version(2))
    const client = connect({ 'latest.cache.ttl.sec': 10 }, clock)
    const latest = async () => (await client.getVersion('s', 'latest')).version
    assert.equal(await latest(), 1)
    now = 9999
    assert.equal(await latest(), 1)
    now = 10_000
    assert.equal(await latest(), 2)
    assert.equal((await client.getSchema(2)).text, '2', 'known from the version')
    assert.equal(registry.requests.length, 2)
  })

  it('for ever when they are the latest and shall be', async () => {
    registry.behaviour = version(1)
    const client = connect({ 'latest.cache.ttl.sec': -1 }, clock)
    await client.getVersion('s', 'latest')
    now = 1e12
    await client.getVersion('s', 'latest')
    assert.equal(registry.requests.length, 1)
  })

  it('for a moment when they are refusals', async () => {
    registry.behaviour = failure(404, 40403)
    const client = connect({ 'sluice.schema.registry.missing.ttl.ms': 1000 }, clock)
    for (const time of [0, 0, 999]) {
      now = time
      assert.equal((await errorOf(client.getSchema(1))).errorCode, 40403)
    }
    assert.equal(registry.requests.length, 1)
    registry.behaviour = aSchema
    now = 1000
    assert.equal((await client.getSchema(1)).text, '"string"')
  })

  it('beyond their time while the registry is down, and then it is asked now and then', async () => {
    registry.next(version(1))
    const client = connect({ 'latest.cache.ttl.sec': 10, 'max.retries': 0 }, clock)
    const latest = async () => (await client.getVersion('s', 'latest')).version
    await latest()
    registry.behaviour = failure(503, 50301)
    for (const time of [10_000, 11_000, 14_999]) {
      now = time
      assert.equal(await latest(), 1)
    }
    assert.equal(registry.requests.length, 2)
    assert.equal(client.readings.stale, 1)
    registry.behaviour = version(2)
    now = 15_000
    assert.equal(await latest(), 2)
  })

  it('beyond their time while the registry hangs, after a short wait', async () => {
    registry.next(version(1))
    const client = connect({}, clock)
    await client.getVersion('s', 'latest')
    registry.behaviour = silence
    const ms = await timed(client.getVersion('s', 'latest'))
    assert.ok(ms >= 990 && ms < 1000 + SLACK_MS, `${ms} ms`)
  })

  it('not beyond their time when they are wrong', async () => {
    registry.next(version(1), failure(404, 40401))
    const client = connect({}, clock)
    await client.getVersion('s', 'latest')
    assert.equal((await errorOf(client.getVersion('s', 'latest'))).errorCode, 40401)
  })

  it('as far as there is room', async () => {
    registry.behaviour = json(200, { schema: 'x'.repeat(10_000) })
    const client = connect({ 'sluice.schema.registry.cache.max.bytes': 100_000 })
    for (let id = 0; id < 20; id++) await client.getSchema(id)
    const { cachedBytes } = client.readings
    assert.ok(cachedBytes > 70_000 && cachedBytes <= 100_000, `${cachedBytes}`)
    for (let id = 16; id < 20; id++) await client.getSchema(id)
    assert.equal(registry.requests.length, 20)
    await client.getSchema(0)
    assert.equal(registry.requests.length, 21)
  })

  it('not at all when there is no room, and yet asked for once at a time', async () => {
    const client = connect({ 'sluice.schema.registry.cache.max.bytes': 0 })
    await Promise.all([client.getSchema(1), client.getSchema(1)])
    await client.getSchema(1)
    assert.equal(registry.requests.length, 2)
  })

  it('not when a registration overtook them', async () => {
    let answerLate = () => {}
    registry.next((request, response) => {
      answerLate = () => version(1)(request, response)
    })
    const client = connect({ 'latest.cache.ttl.sec': -1 })
    const early = client.getVersion('s', 'latest')
    await until('it was asked', () => registry.requests.length === 1)
    registry.next(json(200, { id: 2 }))
    await client.register('s', { type: 'AVRO', text: '2', references: [] })
    answerLate()
    assert.equal((await early).version, 1)
    registry.next(version(2))
    assert.equal((await client.getVersion('s', 'latest')).version, 2)
  })
})

describe('references', () => {
  it('that go in a circle are refused', async () => {
    registry.behaviour = (request, response) => {
      const own = request.path.includes('/s1/') ? 's2' : 's1'
      const references = [{ name: own, subject: own, version: 1 }]
      json(200, { schema: '{}', references })(request, response)
    }
    const error = await errorOf(connect().getSchema(1))
    assert.equal(error.failure, 'unreadable')
    assert.match(error.message, /"s1" refers to itself by a detour/)
    assert.equal(registry.requests.length, 3)
  })

  it('that have no end are refused', async () => {
    let count = 0
    registry.behaviour = (request, response) => {
      const references = [{ name: `n${++count}`, subject: `s${count}`, version: 1 }]
      json(200, { schema: '{}', references })(request, response)
    }
    // A thousand requests may take longer than the default.
    const client = connect({ 'sluice.schema.registry.timeout.ms': 60_000 })
    const error = await errorOf(client.getSchema(1))
    assert.match(error.message, /there are more than 1000/)
    assert.equal(registry.requests.length, 1001)
  })

  it('are asked for once by many schemas, also when they are deleted', async () => {
    const references = [
      { name: 'a', subject: 'a', version: 1 },
      { name: 'b', subject: 'b', version: -1 },
    ]
    registry.behaviour = (request, response) => {
      const isReference = request.path.startsWith('/subjects/')
      json(200, { schema: '{}', references: isReference ? [] : references })(request, response)
    }
    const client = connect({ 'latest.cache.ttl.sec': 10 })
    for (let id = 0; id < 5; id++) await client.getSchema(id)
    assert.deepEqual(
      registry.paths.filter((path) => path.startsWith('/subjects/')),
      ['/subjects/a/versions/1?deleted=true', '/subjects/b/versions/latest?deleted=true'],
    )
  })
})

describe('a client that is closed', () => {
  it('fails what is on its way, and asks no more', async () => {
    registry.behaviour = silence
    const client = connect({ 'max.retries': 100 })
    const error = errorOf(client.getSchema(1))
    await until('it was asked', () => registry.requests.length === 1)
    client.close()
    assert.equal((await error).failure, 'unavailable')
    assert.match((await errorOf(client.getSchema(2))).message, /Sluice is stopping/)
    assert.equal(registry.requests.length, 1)
  })

  it('wakes what waits for a retry', async () => {
    registry.behaviour = failure(503, 50301)
    const client = connect({ 'max.retries': 1, 'retries.wait.ms': 8000 })
    const started = performance.now()
    const error = errorOf(client.getSchema(1))
    await until('it was asked', () => registry.requests.length === 1)
    await sleep(50)
    client.close()
    await error
    assert.ok(performance.now() - started < SLACK_MS)
  })
})

test('nothing of this leaves a connection behind', async () => {
  const client = newClient(registry.url)
  await client.getSchema(1)
  client.close()
  await until('it is closed', async () => (await registry.connections()) === 0)
})
