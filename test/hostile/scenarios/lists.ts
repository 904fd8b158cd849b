/** Lists of topics and partitions, and patterns, that cost much. */
import type { Scenario } from '../scenario.ts'

const REFUSED = [400, 413, 422]

function list(member: string, count: number, entry: (index: number) => string): string {
  return `{"${member}":[${Array.from({ length: count }, (_, index) => entry(index)).join(',')}]}`
}

const lists: Scenario = {
  name: 'lists',
  what: 'Commits, seeks, assignments and subscriptions of 20,000 entries, and 50 simultaneous ones of 1000 entries',
  async attack(target) {
    const instance = await target.instance()
    const partition = (topic: string) => (index: number) =>
      `{"topic":"${topic}","partition":${index}}`
    const offset = (topic: string) => (index: number) =>
      `{"topic":"${topic}","partition":${index},"offset":${index}}`
    const kinds = (topic: string, count: number): [string, string][] => [
      ['offsets', list('offsets', count, offset(topic))],
      ['positions', list('offsets', count, offset(topic))],
      ['positions/beginning', list('partitions', count, partition(topic))],
      ['positions/end', list('partitions', count, partition(topic))],
      ['assignments', list('partitions', count, partition(topic))],
      ['subscription', list('topics', count, (index) => `"absent-${index}"`)],
    ]
    for (const [path, body] of kinds('a', 20_000)) {
      await target.expect(REFUSED, { method: 'POST', path: `${instance}/${path}`, body })
    }
    const questions = { method: 'GET', path: `${instance}/offsets` }
    await target.expect(REFUSED, { ...questions, body: list('partitions', 20_000, partition('a')) })
    await target.end(instance)

    const many = await Promise.all(Array.from({ length: 8 }, () => target.instance()))
    await Promise.all(
      many.flatMap((each) =>
        kinds(target.topic, 1000).map(async ([path, body]) => {
          const answered = [200, 204, 400, 404, 409, 422, 500]
          await target.expect(answered, { method: 'POST', path: `${each}/${path}`, body })
        }),
      ),
    )
    await Promise.all(many.map((each) => target.end(each)))
  },
}

const PATTERNS = [
  `(${'a'.repeat(200)}|${'b*'.repeat(200)})*`,
  '(a*)*b',
  '(((a+)+)+)+$',
  '((a|aa)+)+b',
  '(.*)*(.*)*(.*)*x',
  '.{0,1000}.{0,1000}.{0,1000}',
  '((((((a{0,10}){0,10}){0,10}){0,10}){0,10}){0,10})',
  `${'('.repeat(400)}a${')'.repeat(400)}`,
  `${'(a|'.repeat(300)}b${')'.repeat(300)}`,
  `[${'a-z'.repeat(300)}]*`,
  `${'\\p{L}'.repeat(190)}`,
  `(?i)${'\\p{L}*'.repeat(150)}`,
  '(?:'.repeat(300),
  '\\x{10ffff}{1000}',
  `${'.*'.repeat(490)}x`,
]

const patterns: Scenario = {
  name: 'patterns',
  what: 'Topic patterns that need exponential time or memory in other engines, one after another on an instance',
  async prepare({ kafka, topic }) {
    const long = 'a'.repeat(200)
    for (let index = 0; index < 20; index++) {
      await kafka.createTopic(`${long}-${topic.slice(-12)}-${index}`, { partitions: 1 })
    }
  },
  async attack(target) {
    const instance = await target.instance()
    for (const pattern of PATTERNS) {
      const shot = { method: 'POST', path: `${instance}/subscription` }
      const body = JSON.stringify({ topic_pattern: pattern })
      await target.expect([204, 422], { ...shot, body })
    }
    await target.end(instance)
  },
}

const subscriptions: Scenario = {
  name: 'subscriptions',
  what: 'One instance is subscribed and unsubscribed 1000 times, also at the same time',
  async attack(target, share) {
    const instance = await target.instance()
    const path = `${instance}/subscription`
    const body = JSON.stringify({ topics: [target.topic] })
    const subscribeOften = async (times: number) => {
      for (let count = 0; count < times; count++) {
        await target.expect([204], { method: 'POST', path, body })
        await target.expect([204], { method: 'DELETE', path })
      }
    }
    await Promise.all(Array.from({ length: 10 }, () => subscribeOften(50 * share)))
    await target.end(instance)
  },
}

export const LIST_SCENARIOS: readonly Scenario[] = [lists, patterns, subscriptions]
