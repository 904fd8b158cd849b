/** When a process is ready, and how often that costs a question to Kafka. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Readiness } from '../../../src/kafka/readiness.ts'

function readinessOf(describeCluster: () => Promise<never>) {
  return new Readiness({ describeCluster }, pino({ level: 'silent' }))
}

test('one answer of Kafka is good for many probes', async () => {
  let asked = 0
  const readiness = readinessOf(async () => {
    asked++
    return {} as never
  })
  for (let probe = 0; probe < 10; probe++) assert.equal(await readiness.isReady(), true)
  assert.equal(asked, 1)
})

test('without an answer it is not ready, and the next probe asks again', async () => {
  let asked = 0
  const readiness = readinessOf(() => {
    asked++
    return Promise.reject(new Error('no broker'))
  })
  assert.equal(await readiness.isReady(), false)
  assert.equal(await readiness.isReady(), false)
  assert.equal(asked, 2)
})

test('a process that stops is not ready, whatever Kafka answers', async () => {
  let answer: () => void = () => {}
  const readiness = readinessOf(
    () => new Promise((resolve) => (answer = () => resolve({} as never))),
  )
  const asked = readiness.isReady()
  readiness.stop()
  answer()
  assert.equal(await asked, false)
  assert.equal(await readiness.isReady(), false)
})
