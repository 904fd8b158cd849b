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

/** What an answer says about a right: the topics that are listed, or the status with the error code. */
export function told({ status, body }: Answer): string {
  if (Array.isArray(body) && body.length > 0 && body.every((each) => typeof each === 'string'))
    return body.sort().join(',')
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

/** Sends the request of each route as both users, compares what they are told, and prints the table. */
export async function checkRightsTable(as: (name: string) => UserClient): Promise<void> {
  const table: (readonly [request: string, alice: string, bob: string])[] = []

  async function ask(
    what: string,
    send: (client: UserClient, name: string) => Promise<Answer>,
    expected: readonly [alice: string, bob: string],
  ): Promise<void> {
    const [first, second] = await Promise.all([send(as('alice'), 'alice'), send(as('bob'), 'bob')])
    const row = [what, told(first), told(second)] as const
    table.push(row)
    assert.deepEqual(row, [what, ...expected], `${first.text} ${second.text}`)
  }

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
  console.table(
    table.map(([route, alices, bobs]) => ({ request: route, alice: alices, bob: bobs })),
  )
}
