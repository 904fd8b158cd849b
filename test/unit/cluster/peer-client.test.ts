/** Requests to other processes: who gets them, and what happens when a process is not the right one. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, mock, test } from 'node:test'
import { PENDING_MS } from '../../../src/cluster/deliveries.ts'
import {
  DELIVERIES_PATH,
  type ForwardedRequest,
  PeerClient,
  WrongPeerError,
} from '../../../src/cluster/peer-client.ts'
import { PeerSignature } from '../../../src/cluster/signature.ts'
import { until } from '../../integration/until.ts'

const REQUEST: ForwardedRequest = {
  method: 'POST',
  target: '/consumers/g/instances/i/offsets',
  client: {
    origin: 'http://proxy',
    address: '',
    principal: '',
    call: 'call',
    isRepeated: false,
  },
  accept: 'application/json',
  contentType: 'application/json',
  id: 'id',
  body: Buffer.from('{"secret":1}'),
  endsWithClient: false,
}

const signature = new PeerSignature('secret')
const told: string[] = []
const client = new PeerClient(signature, '/base', {
  warn: ({ reason }: { reason: string }) => told.push(reason),
} as never)
const servers: Server[] = []
after(() => {
  client.close()
  for (const server of servers) server.close()
})

type Handler = (request: IncomingMessage, response: ServerResponse, url: string) => void

/** Starts a process that answers proofs with the secret `knows`, as the process at `claims`, unless it is silent. */
async function startPeer(
  handler: Handler,
  { knows = signature, claims = '', isSilent = false } = {},
) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.replace(/=.*/, '')}`)
    const nonce = /^\/base\/peer\/proof\?nonce=(.*)$/.exec(request.url ?? '')?.[1]
    if (nonce === undefined || isSilent) {
      handler(request, response, url)
      return
    }
    response.end(JSON.stringify({ proof: knows.prove(nonce, claims || url, ''), base_url: '' }))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, seen }
}

const forward = (url: string, request = REQUEST) =>
  client.forward(url, request, new AbortController().signal)

test('an address that does not know the secret gets no request', async () => {
  const stranger = await startPeer((_, response) => response.end(), {
    knows: new PeerSignature('another'),
  })
  await assert.rejects(forward(stranger.url), WrongPeerError)
  const lines = told.filter((line) => line.includes(stranger.url))
  assert.deepEqual(lines, [
    `${stranger.url} does not know sluice.peer.secret, or has another address`,
  ])
  assert.deepEqual(stranger.seen, ['GET /base/peer/proof?nonce'])
})

test('an address that passes on the proof of another process gets no request', async () => {
  const relay = await startPeer((_, response) => response.end(), { claims: 'http://127.0.0.1:1' })
  await assert.rejects(forward(relay.url), WrongPeerError)
  assert.deepEqual(relay.seen, ['GET /base/peer/proof?nonce'])
})

test('a request has a signature of its receiver, and its proof is asked for once', async () => {
  const verified: boolean[] = []
  const peer = await startPeer((request, response, audience) => {
    const { method = '', url: target = '', headers } = request
    const found = signature.verify({ audience, method, target }, headers.authorization ?? '')
    verified.push(found?.client.call === REQUEST.client.call)
    response.writeHead(204).end()
  })
  for (let count = 0; count < 2; count++) {
    const reply = await forward(peer.url)
    assert.equal(reply.status, 204)
  }
  assert.deepEqual(verified, [true, true])
  assert.equal(peer.seen.length, 3)
})

test('the trace of a request goes with it', async () => {
  const headers: unknown[] = []
  const peer = await startPeer((request, response) => {
    headers.push([request.headers['traceparent'], request.headers['tracestate']])
    response.writeHead(204).end()
  })
  for (const trace of [
    undefined,
    { traceparent: 'parent', tracestate: '' },
    { traceparent: 'parent', tracestate: 'state' },
  ]) {
    await forward(peer.url, { ...REQUEST, trace })
  }
  assert.deepEqual(headers, [
    [undefined, undefined],
    ['parent', undefined],
    ['parent', 'state'],
  ])
})

test('a process that does not own the instance is a wrong one, and so is one that is not there', async () => {
  const peer = await startPeer((_, response) => response.writeHead(421).end())
  await assert.rejects(forward(peer.url), WrongPeerError)
  await assert.rejects(forward('http://127.0.0.1:1'), WrongPeerError)
})

test('a process that refuses the signature is a wrong one, and 401 of its Kafka is an answer', async () => {
  const refusing = await startPeer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Sluice-Peer' }).end()
  })
  await assert.rejects(forward(refusing.url), WrongPeerError)
  const answering = await startPeer((_, response) => response.writeHead(401).end())
  assert.equal((await forward(answering.url)).status, 401)
})

test('a process that ends the connection without a response is a wrong one, and may have begun the request', async () => {
  const peer = await startPeer((request) => request.socket.destroy())
  await assert.rejects(forward(peer.url), { name: 'WrongPeerError', mayHaveBegun: true })
})

test('a process that refuses the request or the connection has not begun the request', async () => {
  const refusing = await startPeer((_, response) => response.writeHead(421).end())
  const closing = await startPeer((request) => request.socket.destroy(), { isSilent: true })
  for (const url of [refusing.url, closing.url, 'http://127.0.0.1:1']) {
    await assert.rejects(forward(url), { name: 'WrongPeerError', mayHaveBegun: false })
  }
})

test('the owner is told that a client is still taking the response, and at last that it has it', async (t) => {
  const outcomes: (string | null)[] = []
  const peer = await startPeer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://peer')
    if (pathname === `/base${DELIVERIES_PATH}`) {
      outcomes.push(searchParams.get('delivered'))
      response.writeHead(204).end()
    } else response.end('[1,2]')
  })
  const read = { ...REQUEST, method: 'GET', body: undefined, endsWithClient: true }
  const reply = await forward(peer.url, read)
  assert.ok('stream' in reply)
  mock.timers.enable({ apis: ['setInterval'] })
  t.after(() => mock.timers.reset())
  const taken = await new Promise<() => void>((resolve) => {
    void reply.stream({
      onAborted: () => {},
      send: (_: Uint8Array, done: () => void) => done(),
      finish: (_: Uint8Array, done: () => void) => resolve(done),
      close: () => {},
    } as never)
  })
  mock.timers.tick(PENDING_MS)
  await until('the owner knows of the client', () => outcomes.length === 1)
  taken()
  await until('the owner knows of the delivery', () => outcomes.length === 2)
  mock.timers.tick(10 * PENDING_MS)
  assert.deepEqual(outcomes, [null, '1'])
})

test('a response that ends early ends the connection of the client', async () => {
  const peer = await startPeer((request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('some')
    setTimeout(() => request.socket.destroy(), 20)
  })
  const reply = await forward(peer.url)
  assert.ok('stream' in reply)
  const closed = new Promise<void>((resolve, reject) => {
    void reply.stream({
      onAborted: () => {},
      send: (_: Uint8Array, taken: () => void) => taken(),
      finish: () => reject(new Error('the response was completed')),
      close: () => resolve(),
    } as never)
  })
  await closed
})
