/**
 * What each route that touches Kafka tells two users with different rights: the table that tests of identities print and
 * compare.
 */
import assert from 'node:assert/strict'
import type { Kafka } from '../cluster/kafka.ts'
import { allow } from '../cluster/users.ts'

/** An answer, as far as it tells of rights. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it
  readonly body: any
  readonly text: string
}

/** A client that acts as one user. */
export interface UserClient {
  get(path: string): Promise<Answer>
  /** `type` is what follows `application/vnd.kafka.`. */
  post(path: string, body: object, type?: string): Promise<Answer>
  send(method: string, path: string, body?: object, type?: string): Promise<Answer>
}

/** Makes the topics and the rights of the table: each user has a topic and a group, and Bob sees the topic of Alice. */
export async function grantRights(kafka: Kafka): Promise<void> {
  const [alice, bob] = [{ name: 'alice' }, { name: 'bob' }]
  const all = ['Read', 'Write', 'Describe', 'DescribeConfigs']
  for (const topic of ['of-alice', 'of-bob']) await kafka.createTopic(topic)
  await allow(kafka, alice, { topic: 'of-alice' }, all)
  await allow(kafka, alice, { group: 'of-alice' }, ['Read'])
  await allow(kafka, bob, { topic: 'of-bob' }, all)
  await allow(kafka, bob, { topic: 'of-alice' }, ['Describe'])
  await allow(kafka, bob, { group: 'of-bob' }, ['Read'])
}

/** The member of an item that names it, by the kind of a list. */
const NAMES: Readonly<Record<string, string>> = {
  KafkaTopicList: 'topic_name',
  KafkaConsumerGroupList: 'consumer_group_id',
}

/** What an answer says about a right: the topics or groups that are listed, or the status with the error code. */
export function told({ status, body }: Answer): string {
  const named = NAMES[body?.kind]
  const listed: unknown[] = named
    ? body.data.map((each: Record<string, unknown>) => each[named])
    : [body].flat()
  if (listed.length > 0 && listed.every((each) => typeof each === 'string'))
    return listed.sort().join(',')
  const records: { error_code: number | null }[] = body?.offsets ?? []
  const code = body?.error_code ?? records.find((each) => each?.error_code)?.error_code
  return code ? `${status} ${code}` : String(status)
}

/** Reads until there are records or an error. */
export async function readRecords(client: UserClient, path: string): Promise<Answer> {
  const deadline = Date.now() + 240_000
  for (;;) {
    const answer = await client.get(path)
    if (answer.status !== 200) return answer
    if (answer.body.length > 0) return { ...answer, body: {} }
    if (Date.now() > deadline) throw new Error('A read has neither records nor an error.')
  }
}

type Row = readonly [request: string, alice: string, bob: string]

/** Sends requests as both users, compares what they are told, and keeps it for the table. */
class RightsTable {
  readonly #as: (name: string) => UserClient
  readonly #rows: Row[] = []

  constructor(as: (name: string) => UserClient) {
    this.#as = as
  }

  async ask(
    what: string,
    send: (client: UserClient, name: string) => Promise<Answer>,
    expected: readonly [alice: string, bob: string],
  ): Promise<void> {
    const [first, second] = await Promise.all([
      send(this.#as('alice'), 'alice'),
      send(this.#as('bob'), 'bob'),
    ])
    const row = [what, told(first), told(second)] as const
    this.#rows.push(row)
    assert.deepEqual(row, [what, ...expected], `${first.text} ${second.text}`)
  }

  print(): void {
    console.table(this.#rows.map(([request, alice, bob]) => ({ request, alice, bob })))
  }
}

const DENIED = '403 40301'
/** A group that a user may not see is told like one that is not there. */
const UNKNOWN = '404 404'
const BOTH_DENIED = [DENIED, DENIED] as const

/** Requests of v3 behind the path of the cluster, which change nothing if the rights hold. */
const V3_ROWS: readonly (readonly [
  method: string,
  path: string,
  body: object | undefined,
  expected: readonly [alice: string, bob: string],
])[] = [
  ['GET', '', undefined, ['200', '200']],
  ['GET', '/brokers', undefined, ['200', '200']],
  ['GET', '/brokers/1', undefined, ['200', '200']],
  ['GET', '/brokers/1/partition-replicas', undefined, BOTH_DENIED],
  ['GET', '/brokers/1/log-dirs', undefined, BOTH_DENIED],
  ['GET', '/broker-configs', undefined, BOTH_DENIED],
  ['GET', '/broker-configs/num.io.threads', undefined, BOTH_DENIED],
  ['PUT', '/broker-configs/num.io.threads', { value: '8' }, BOTH_DENIED],
  ['POST', '/broker-configs:alter', { data: [{ name: 'a', value: '8' }] }, BOTH_DENIED],
  ['GET', '/topics/-/partitions/-/reassignment', undefined, BOTH_DENIED],
  ['POST', '/topics/-/partitions:elect-leaders', {}, BOTH_DENIED],
  ['GET', '/scram-users', undefined, BOTH_DENIED],
  ['GET', '/scram-users/alice', undefined, BOTH_DENIED],
  ['PUT', '/scram-users/carol/SCRAM-SHA-256', { password: 'secret' }, BOTH_DENIED],
  ['GET', '/brokers/1/configs', undefined, BOTH_DENIED],
  ['GET', '/brokers/1/configs/num.io.threads', undefined, BOTH_DENIED],
  ['PUT', '/brokers/1/configs/num.io.threads', { value: '8' }, BOTH_DENIED],
  ['DELETE', '/brokers/1/configs/num.io.threads', undefined, BOTH_DENIED],
  [
    'POST',
    '/brokers/1/configs:alter',
    { data: [{ name: 'num.io.threads', value: '8' }] },
    BOTH_DENIED,
  ],
  ['GET', '/topics', undefined, ['of-alice', 'of-alice,of-bob']],
  ['POST', '/topics', { topic_name: 'of-nobody', partitions_count: 1 }, BOTH_DENIED],
  ['GET', '/topics/of-alice', undefined, ['200', '200']],
  ['GET', '/topics/of-bob', undefined, [DENIED, '200']],
  ['PATCH', '/topics/of-alice', { partitions_count: 9 }, BOTH_DENIED],
  ['DELETE', '/topics/of-alice', undefined, BOTH_DENIED],
  ['GET', '/topics/of-alice/configs', undefined, ['200', DENIED]],
  ['GET', '/topics/of-alice/configs/retention.ms', undefined, ['200', DENIED]],
  ['PUT', '/topics/of-alice/configs/retention.ms', { value: '1' }, BOTH_DENIED],
  ['DELETE', '/topics/of-alice/configs/retention.ms', undefined, BOTH_DENIED],
  [
    'POST',
    '/topics/of-alice/configs:alter',
    { data: [{ name: 'retention.ms', value: '1' }] },
    BOTH_DENIED,
  ],
  ['GET', '/topics/of-alice/partitions', undefined, ['200', '200']],
  ['GET', '/topics/of-bob/partitions', undefined, [DENIED, '200']],
  ['GET', '/topics/of-alice/partitions/0', undefined, ['200', '200']],
  ['GET', '/topics/of-bob/partitions/0', undefined, [DENIED, '200']],
  ['GET', '/topics/of-bob/partitions/0/replicas', undefined, [DENIED, '200']],
  ['GET', '/acls', undefined, BOTH_DENIED],
  [
    'DELETE',
    '/acls?resource_type=TOPIC&resource_name=of-alice&pattern_type=LITERAL&principal=User:alice&host=*&operation=READ&permission=ALLOW',
    undefined,
    BOTH_DENIED,
  ],
  ['GET', '/consumer-groups', undefined, ['of-alice', 'of-bob']],
  ['GET', '/consumer-groups/of-alice', undefined, ['200', UNKNOWN]],
  ['GET', '/consumer-groups/of-alice/consumers', undefined, ['200', UNKNOWN]],
  ['GET', '/consumer-groups/of-alice/lags', undefined, ['200', UNKNOWN]],
  ['GET', '/consumer-groups/of-alice/lag-summary', undefined, ['200', UNKNOWN]],
]

/** Sends the requests of v3 as both users. Their groups have to be there, as after `checkRightsTable`. */
export async function checkRightsTableOfV3(as: (name: string) => UserClient): Promise<void> {
  const table = new RightsTable(as)
  const clusters = await as('alice').get('/v3/clusters')
  const cluster = `/v3/clusters/${clusters.body.data[0].cluster_id}`
  for (const [method, path, body, expected] of V3_ROWS) {
    const send = (client: UserClient) => client.send(method, cluster + path, body, 'json')
    await table.ask(`${method} …${path}`, send, expected)
  }
  table.print()
}

/** Sends the request of each route as both users, compares what they are told, and prints the table. */
export async function checkRightsTable(as: (name: string) => UserClient): Promise<void> {
  const table = new RightsTable(as)
  const ask: RightsTable['ask'] = (...row) => table.ask(...row)
  const records = { records: [{ value: 1 }] }
  await ask('GET /topics', (c) => c.get('/topics'), ['of-alice', 'of-alice,of-bob'])
  await ask('GET /brokers', (c) => c.get('/brokers'), ['200', '200'])
  for (const [topic, alices, bobs] of [
    ['of-alice', '200', '403 40301'],
    ['of-bob', '403 40301', '200'],
  ] as const) {
    const path = `/topics/${topic}`
    await ask(`POST ${path}`, (c) => c.post(path, records), [alices, bobs])
    const partition = `${path}/partitions/0`
    await ask(`POST ${partition}`, (c) => c.post(partition, records), [alices, bobs])
    await ask(`GET ${path}`, (c) => c.get(path), [alices, bobs])
    // Bob may describe the topic of Alice, and not its configs.
    const described = topic === 'of-alice' ? '200' : bobs
    await ask(`GET ${path}/partitions`, (c) => c.get(`${path}/partitions`), [alices, described])
    await ask(`GET ${partition}`, (c) => c.get(partition), [alices, described])
    const offsets = `${partition}/offsets`
    await ask(`GET ${offsets}`, (c) => c.get(offsets), [alices, described])
  }
  const instance = (name: string) => `/consumers/of-${name}/instances/mine`
  const v2 = 'v2+json'
  const settings = { name: 'mine', format: 'json', 'auto.offset.reset': 'earliest' }
  await ask('POST /consumers/own', (c, n) => c.post(`/consumers/of-${n}`, settings, v2), [
    '200',
    '200',
  ])
  await ask(
    'POST …/subscription of-alice',
    (c, n) => c.post(`${instance(n)}/subscription`, { topics: ['of-alice'] }, v2),
    ['204', '204'],
  )
  await ask('GET …/records', (c, n) => readRecords(c, `${instance(n)}/records`), [
    '200',
    '403 40301',
  ])
  const commit = { offsets: [{ topic: 'of-alice', partition: 0, offset: 0 }] }
  await ask('POST …/offsets', (c, n) => c.post(`${instance(n)}/offsets`, commit, v2), [
    '200',
    '403 40301',
  ])
  await ask('GET …/subscription', (c, n) => c.get(`${instance(n)}/subscription`), ['200', '200'])
  await ask('DELETE …/subscription', (c, n) => c.send('DELETE', `${instance(n)}/subscription`), [
    '204',
    '204',
  ])
  const partitions = { partitions: [{ topic: 'of-bob', partition: 0 }] }
  await ask(
    'POST …/assignments of-bob',
    (c, n) => c.post(`${instance(n)}/assignments`, partitions, v2),
    ['204', '204'],
  )
  await ask('GET …/assignments', (c, n) => c.get(`${instance(n)}/assignments`), ['200', '200'])
  await ask(
    'POST …/positions/end',
    (c, n) => c.post(`${instance(n)}/positions/end`, partitions, v2),
    ['204', '204'],
  )
  const seek = { offsets: [{ topic: 'of-bob', partition: 0, offset: 0 }] }
  await ask('POST …/positions', (c, n) => c.post(`${instance(n)}/positions`, seek, v2), [
    '204',
    '204',
  ])
  await ask(
    'POST …/positions/beginning',
    (c, n) => c.post(`${instance(n)}/positions/beginning`, partitions, v2),
    ['204', '204'],
  )
  await ask('GET …/records', (c, n) => readRecords(c, `${instance(n)}/records`), [
    '403 40301',
    '200',
  ])
  await ask('GET …/offsets', (c, n) => c.send('GET', `${instance(n)}/offsets`, partitions, v2), [
    '403 40301',
    '200',
  ])
  await ask('DELETE …', (c, n) => c.send('DELETE', instance(n)), ['204', '204'])
  // A group of which only Alice may be a member.
  const group = '/consumers/of-alice'
  const named = (name: string) => ({ ...settings, name: `of-${name}` })
  await ask('POST /consumers/of-alice', (c, n) => c.post(group, named(n), v2), ['200', '200'])
  // The first instance may have committed all records before.
  await ask('POST /topics/own', (c, n) => c.post(`/topics/of-${n}`, records), ['200', '200'])
  const member = (name: string) => `${group}/instances/of-${name}`
  await ask(
    'POST …/subscription',
    (c, n) => c.post(`${member(n)}/subscription`, { topics: [`of-${n}`] }, v2),
    ['204', '204'],
  )
  await ask('GET …/records', (c, n) => readRecords(c, `${member(n)}/records`), ['200', '403 40301'])
  table.print()
}
