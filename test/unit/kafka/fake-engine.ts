/** The engine as calls see it: it notes what it is told, and answers what the test says. */
import { mock } from 'node:test'
import { mailbox, native, type Waiter } from '../../../src/kafka/native.ts'

type Call = keyof {
  [Name in keyof typeof native as (typeof native)[Name] extends (...args: never[]) => unknown
    ? Name
    : never]: true
}

/** The ticket of every call. */
export const TICKET = 11

/**
 * Stands in for these functions of the addon until `mock.restoreAll()`. Each call is answered with
 * `text`; `told` has their names and arguments.
 */
export function fakeEngine(names: readonly Call[], text = '') {
  const engine = { told: [] as unknown[][], text }
  let waiter: Waiter | undefined
  mock.method(mailbox, 'open', (waiting: Waiter) => {
    waiter = waiting
    return TICKET
  })
  for (const name of names) {
    mock.method(native, name as 'commit', (...args: unknown[]) => {
      engine.told.push([name, ...args])
      waiter?.onReply({ text: engine.text, code: 0, count: 0 })
    })
  }
  return engine
}
