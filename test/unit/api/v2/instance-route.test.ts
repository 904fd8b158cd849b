/** Requests of instances that another process owns: when they are sent there, and what ends them. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ClusterRequest, serveAtOwner } from '../../../../src/api/v2/instance-route.ts'
import { deferred } from '../fake-server.ts'

const OWNER = 'http://owner:1'

interface Parts {
  readonly isOver?: boolean
  readonly isOwner?: () => Promise<boolean>
  readonly forward: (url: string, sent: object, signal: AbortSignal) => Promise<object>
}

/** A read of an instance that the process at `OWNER` owns. */
function readOf({ isOver = false, isOwner = async () => true, forward }: Parts): ClusterRequest {
  return {
    route: { method: 'GET', path: '/consumers/{group_name}/instances/{instance_name}/records' },
    kind: 'read',
    request: {
      params: { group_name: 'g', instance_name: 'n' },
      accepted: { type: 'application/json' },
      isHead: false,
    },
    group: 'g',
    name: 'n',
    cluster: {
      directory: { findOwner: async () => ({ url: OWNER }), isOwner },
      peers: { forward },
      exchange: { isOver, rawQuery: '', id: 'id', endWithClient() {} },
      caller: () => ({ principal: undefined, login: undefined }),
      basePath: '',
      mode: 'forward',
      call: '',
    },
  } as unknown as ClusterRequest
}

const notHere = () => assert.fail('it was served here')

test('a request whose client has left is not sent to the owner, where nobody would end it', async () => {
  let isSent = false
  const forward = async () => {
    isSent = true
    return { status: 200, body: '[]' }
  }
  assert.equal((await serveAtOwner(readOf({ isOver: true, forward }), notHere)).status, 499)
  assert.equal(isSent, false)
})

test('a response that has begun is not ended when the instance moves', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.after(() => mock.timers.reset())
  const isOwner = deferred<boolean>()
  const head = deferred<object>()
  let signal: AbortSignal | undefined
  const read = readOf({
    isOwner: () => isOwner.promise,
    forward: (_url, _sent, given) => {
      signal = given
      return head.promise
    },
  })
  const answered = serveAtOwner(read, notHere)
  while (!signal) await nextTurn()
  mock.timers.tick(1000)
  head.resolve({ status: 200, body: '[]' })
  assert.equal((await answered).status, 200)
  isOwner.resolve(false)
  await nextTurn()
  assert.equal(signal.aborted, false)
})
