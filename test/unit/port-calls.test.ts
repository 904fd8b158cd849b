/** Calls between threads, over the two ends of a channel. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { RestError } from '../../src/errors.ts'
import { type CallPort, PortCalls } from '../../src/port-calls.ts'

class Counter {
  #count = 0
  async add(by: number): Promise<number> {
    this.#count += by
    return this.#count
  }
}

const others = {
  refuse() {
    throw new RestError('OUT_OF_TIME', 'the own text')
  },
  fail: () => Promise.reject(new TypeError('a defect')),
  wait: () => new Promise<void>(() => {}),
}

type Methods = Counter & typeof others & { missing(): void }

const { port1, port2 } = new MessageChannel()
after(() => port1.close())
new PortCalls(port1 as CallPort, new Counter(), others)
const calls = new PortCalls<Methods>(port2 as CallPort)
const { remote } = calls

test('a call runs the method of the object that has it, and answers come to their calls', async () => {
  assert.deepEqual(await Promise.all([remote.add(1), remote.add(2), remote.add(3)]), [1, 3, 6])
})

test('a RestError stays one, with its name and its text', async () => {
  const isSame = (error: unknown) =>
    error instanceof RestError && error.name === 'OUT_OF_TIME' && error.message === 'the own text'
  await assert.rejects(remote.refuse(), isSame)
})

test('another error has its message and the stack of the other thread', async () => {
  await assert.rejects(remote.fail(), (error: Error) => {
    return error.message === 'a defect' && /TypeError/.test(error.stack ?? '')
  })
})

test('a method that nobody has is an error', async () => {
  await assert.rejects(remote.missing(), /no method missing/)
})

test('calls that wait, and later ones, fail when the port is closed', async () => {
  const waiting = remote.wait()
  calls.close(new Error('The other thread has ended.'))
  await assert.rejects(waiting, /has ended/)
  await assert.rejects(remote.add(1), /has ended/)
})
