/** Requests of consumer instances that another process of the cluster owns. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterRequest, serveAtOwner } from '../../../../src/api/v2/instance-route.ts'

const READ = { method: 'GET', path: '/consumers/{group_name}/instances/{instance_name}/records' }

/** A read that another process would serve. @param isOver whether its client has left before the owner is known */
function readOf(isOver: boolean) {
  const forwarded: string[] = []
  const exchange = {
    isOver: false,
    rawQuery: '',
    endWithClient: () => {},
    whenOver: undefined as (() => void) | undefined,
  }
  const request = {
    route: READ,
    kind: 'read',
    request: {
      params: { group_name: 'g', instance_name: 'n' },
      accepted: { type: 'application/json' },
      isHead: false,
    },
    group: 'g',
    name: 'n',
    cluster: {
      exchange,
      mode: 'forward',
      basePath: '',
      call: '',
      caller: () => ({ principal: undefined, login: undefined }),
      directory: {
        findOwner: async () => {
          exchange.isOver = isOver
          return { url: 'http://owner' }
        },
      },
      peers: {
        forward: async (url: string, { target }: { target: string }) => {
          forwarded.push(url + target)
          return { status: 200, body: '[]' }
        },
      },
    },
  }
  return { request: request as unknown as ClusterRequest, exchange, forwarded }
}

const serveHere = () => assert.fail('this process is not the owner')

test('a request goes to the owner of its instance, and is given up when its client leaves', async () => {
  const { request, exchange, forwarded } = readOf(false)
  const answer = await serveAtOwner(request, serveHere)
  assert.equal(answer.status, 200)
  assert.deepEqual(forwarded, ['http://owner/consumers/g/instances/n/records'])
  assert.ok(exchange.whenOver)
})

test('a request whose client has left while its owner was looked for goes nowhere', async () => {
  const { request, forwarded } = readOf(true)
  await serveAtOwner(request, serveHere)
  assert.deepEqual(forwarded, [])
})
