/** Rules of access: their grammar, and what they decide. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AccessRequest, AccessRules } from '../../../src/access/access-rules.ts'
import { AccessRulesError } from '../../../src/access/rules.ts'
import { accessEndpointsOf } from '../../../src/api/access-control.ts'
import { explainAccess } from '../../../src/api/access-explanation.ts'
import { ROUTES } from '../../../src/api/routes.ts'

const ENDPOINTS = accessEndpointsOf(ROUTES)
const PRODUCE = 'api.v2.produce-to-topic.json'

const rulesOf = (...lines: string[]) => new AccessRules(lines.join('\n'), ENDPOINTS)

const request = (given: Partial<AccessRequest> = {}): AccessRequest => ({
  principal: 'alice',
  groups: [],
  address: '192.0.2.1',
  method: 'POST',
  endpoint: PRODUCE,
  consumerGroup: undefined,
  topics: ['orders'],
  ...given,
})

const allows = (rules: AccessRules, given: Partial<AccessRequest> = {}) =>
  rules.decide(request(given)).isAllowed

describe('the text of rules', () => {
  test('has comments, lists, patterns and quoted values', () => {
    const rules = rulesOf(
      '# comment',
      '',
      '  allow principal:"CN=a, O=\\"b\\"",bob  topic:orders,*-log',
      'deny *',
    )
    assert.deepEqual(
      rules.rules.map(({ line, allows: isAllowed }) => [line, isAllowed]),
      [
        [3, true],
        [4, false],
      ],
    )
    assert.ok(allows(rules, { principal: 'CN=a, O="b"' }))
    assert.ok(allows(rules, { principal: 'bob', topics: ['audit-log'] }))
    assert.ok(!allows(rules, { principal: 'bob', topics: ['audit-log-2'] }))
    assert.ok(!allows(rules, { principal: 'CN=a' }))
  })

  test('is a fault with its line when it is malformed', () => {
    for (const line of [
      'permit *',
      'allow',
      'allow topic:a',
      'allow * principal:a',
      'allow * topic',
      'allow * topics:a',
      'allow * topic:a topic:b',
      'allow * topic:a, b',
      'allow principal:"a',
      'allow * from:example.com',
      'allow * from:10.0.0.0/33',
      'allow * method:HEAD',
      'deny * endpoint:api.v2.topic.*',
    ]) {
      const isFault = (error: unknown) =>
        error instanceof AccessRulesError && error.message.startsWith('line 2: expected ')
      assert.throws(() => rulesOf('allow *', line), isFault, line)
    }
  })
})

describe('a decision', () => {
  test('is that of the first rule that matches, and else no', () => {
    const rules = rulesOf('deny principal:mallory', 'allow principal:* topic:orders', 'deny *')
    assert.ok(allows(rules))
    assert.ok(!allows(rules, { principal: 'mallory' }))
    assert.ok(!allows(rules, { topics: ['secret'] }))
    assert.ok(!allows(rulesOf('')))
    assert.equal(rulesOf('').decide(request()).rule, undefined)
  })

  test('depends on all conditions of a rule', () => {
    const rules = rulesOf(
      `allow group:writers from:192.0.2.0/24,2001:db8::/32 method:POST endpoint:${PRODUCE}`,
    )
    const fits = { principal: 'bob', groups: ['readers', 'writers'] }
    assert.ok(allows(rules, fits))
    assert.ok(allows(rules, { ...fits, address: '2001:db8::7' }))
    for (const other of [
      { groups: ['readers'] },
      { groups: [] },
      { address: '198.51.100.1' },
      { address: '' },
      { endpoint: 'api.v2.produce-to-topic.binary' },
      { method: 'GET' },
    ]) {
      assert.ok(!allows(rules, { ...fits, ...other }), JSON.stringify(other))
    }
  })

  test('about a client without a name needs a rule for all', () => {
    assert.ok(!allows(rulesOf('allow principal:*'), { principal: undefined }))
    assert.ok(allows(rulesOf('allow *'), { principal: undefined }))
  })

  test('about several topics needs all of them', () => {
    const rules = rulesOf('deny * topic:secret', 'allow * topic:*')
    const topics = ['a', 'secret', 'b']
    assert.ok(!allows(rules, { topics }))
    assert.equal(rules.decide(request({ topics })).topic, 'secret')
    assert.ok(allows(rules, { topics: ['a', 'b'] }))
  })

  test('about a pattern of topics needs rules that do not depend on the topic', () => {
    assert.ok(!allows(rulesOf('allow * topic:orders-*'), { topics: 'any' }))
    assert.ok(!allows(rulesOf('deny * topic:secret', 'allow *'), { topics: 'any' }))
    assert.ok(allows(rulesOf('allow * topic:*'), { topics: 'any' }))
    assert.ok(allows(rulesOf('deny principal:bob topic:secret', 'allow *'), { topics: 'any' }))
  })

  test('about an endpoint without topics and groups leaves their conditions open if a rule names the endpoint', () => {
    const brokers = { endpoint: 'api.v2.brokers.list', method: 'GET', topics: [] }
    assert.ok(!allows(rulesOf('allow * topic:orders consumer-group:g'), brokers))
    assert.ok(allows(rulesOf('allow * topic:orders endpoint:api.v2.*'), brokers))
    assert.ok(allows(rulesOf('deny * topic:orders endpoint:api.v2.*', 'allow *'), brokers))
    const create = {
      endpoint: 'api.v2.consumers.create',
      topics: [],
      consumerGroup: 'app-1',
    }
    const rules = rulesOf('allow * endpoint:api.v2.consumers.* consumer-group:app-* topic:orders')
    assert.ok(allows(rules, create))
    assert.ok(!allows(rules, { ...create, consumerGroup: 'other' }))
  })
})

describe('lists of topics', () => {
  const topics = ['orders', 'payments', 'secret']
  const seen = (rules: AccessRules, principal = 'alice') =>
    rules.visibleTopics({ principal, groups: [], address: '192.0.2.1' }, topics)

  test('have those that a caller may use somehow', () => {
    const rules = rulesOf(
      'deny * topic:secret',
      'allow principal:bob topic:payments endpoint:api.v2.consumers.* consumer-group:app',
      `allow principal:alice,bob topic:orders endpoint:${PRODUCE}`,
      'allow principal:alice endpoint:api.v2.topics.list,operations.*',
      'allow principal:root',
    )
    assert.deepEqual(seen(rules), ['orders'])
    assert.deepEqual(seen(rules, 'bob'), ['orders', 'payments'])
    assert.deepEqual(seen(rules, 'root'), ['orders', 'payments'])
    assert.deepEqual(seen(rules, 'nobody'), [])
  })

  test('have a topic of which a rule denies only a part', () => {
    const rules = rulesOf('deny * topic:orders method:POST', 'allow *')
    assert.deepEqual(seen(rules), topics)
  })
})

test('a rule may name the method of each endpoint', () => {
  for (const method of new Set(ENDPOINTS.map((each) => each.method))) {
    const rules = rulesOf(`deny * method:${method}`, 'allow *')
    assert.ok(!allows(rules, { method }), method)
    assert.ok(allows(rules, { method: method === 'GET' ? 'POST' : 'GET' }), method)
  }
})

describe('an explanation', () => {
  const rules = rulesOf('# who', 'deny * topic:secret', 'allow principal:"a b" topic:*')

  test('names the rule', () => {
    assert.deepEqual(explainAccess('principal="a b" POST /topics/orders', rules), {
      isAllowed: true,
      text: 'allowed: api.v2.produce-to-topic.binary, topic orders\nline 3: allow principal:"a b" topic:*',
    })
    const secret = explainAccess('GET /topics/secret/partitions principal="a b"', rules)
    assert.equal(
      secret.text,
      'denied: api.v2.partitions.list, topic secret\nline 2: deny * topic:secret',
    )
    const unknown = explainAccess(
      'POST /topics/orders content-type=application/vnd.kafka.json.v2+json',
      rules,
    )
    assert.equal(unknown.text, `denied: ${PRODUCE}, topic orders\nno rule matches`)
  })

  test('takes the topics of a body', () => {
    const path = '/consumers/g/instances/i/subscription'
    const of = (topic: string) => explainAccess(`POST ${path} principal="a b" ${topic}`, rules)
    assert.equal(of('topic=orders').isAllowed, true)
    assert.equal(of('topic=orders topic=secret').isAllowed, false)
    assert.equal(of('topic=*').isAllowed, false)
  })

  test('tells the form of a request', () => {
    for (const question of ['', 'GET', 'GET /none', 'GET / x=y', 'GET / POST']) {
      assert.throws(() => explainAccess(question, rules), /METHOD PATH/, question)
    }
    assert.equal(explainAccess('GET /', undefined).isAllowed, true)
    assert.equal(explainAccess('GET /ready', rules).isAllowed, true)
  })
})

test('every route whose body may name topics tells which', () => {
  const silent = ROUTES.filter(
    ({ body, topicsOf }) => /"topic(s|_pattern)?":/.test(JSON.stringify(body ?? '')) && !topicsOf,
  )
  assert.deepEqual(
    silent.map(({ operationId }) => operationId),
    [],
  )
})

test('every endpoint of clients has a name', () => {
  const nameless = ROUTES.filter(({ resource }) => resource === undefined)
  assert.deepEqual(nameless, [])
})
