/** Patterns of subscriptions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, matchingTopics } from '../../../src/kafka/topic-pattern.ts'

test('while many names are matched, others are served', async () => {
  const topics = Array.from({ length: 200_000 }, (_, index) => `team-${index}.events`)
  let turns = 0
  const served = setInterval(() => turns++, 1)
  const names = await matchingTopics(compilePattern('[a-z]+-[0-9]*7\\.events'), topics)
  clearInterval(served)
  assert.equal(names.length, topics.length / 10)
  assert.ok(turns >= 5, `${turns}`)
})

test('a pattern matches whole names', () => {
  const pattern = compilePattern('[ab]\\d')
  const topics = ['b1', 'a1', 'a', 'xa1', 'a1x']
  assert.deepEqual(
    topics.filter((topic) => pattern.matches(topic)),
    ['b1', 'a1'],
  )
})

test('an invalid pattern, and one that takes too long to match, is refused', () => {
  // The last but one is short, but matching one name with it takes a second.
  const costly = ['(?:.?){1000}'.repeat(50), '((a{10}){10}){100}']
  for (const source of ['[', '(?=a)', '(a)\\1', '*', ...costly]) {
    const refusal = { name: 'UNPROCESSABLE', message: /^topic_pattern is/ }
    assert.throws(() => compilePattern(source), refusal)
  }
})
