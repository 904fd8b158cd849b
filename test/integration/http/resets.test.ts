/** Clients that reset their connections, of which the kernel tells nothing any more. On the real server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dispatcher } from '../../../src/http/dispatch.ts'
import type { ResponseStream } from '../../../src/http/response-stream.ts'
import { routesFor } from '../../../src/http/route.ts'
import { PLAIN_DIALECT, PLAIN_ROUTE } from '../../unit/http/plain-dialect.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'
import { startServer } from './real-server.ts'

/** Less than the time after which the server closes a connection that takes nothing. */
const DEADLINE_MS = 20_000

let response: ResponseStream | undefined
const aborted: boolean[] = []

const url = await startServer(
  new Dispatcher<undefined>({
    apis: [
      {
        routes: [
          routesFor<undefined>()({
            ...PLAIN_ROUTE,
            operationId: 'stream',
            method: 'GET',
            path: '/stream',
            handler: () => ({
              status: 200,
              stream: (opened) => {
                response = opened
              },
            }),
          }),
        ],
        dialect: PLAIN_DIALECT,
        admit: () => undefined,
      },
    ],
    basePath: '',
    maxBodyBytes: 1000,
    maxHeaderBytes: 8192,
    observer: {
      onOver: (_exchange, isAborted) => aborted.push(isAborted),
      onDefect: (_exchange, error) => {
        throw error
      },
    },
  }),
)

test('a client that resets its connection behind its FIN is gone with the next write', async () => {
  const connection = await RawConnection.open(url)
  await connection.send('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('the request is there', () => response !== undefined)
  // The server reads nothing behind the FIN, and so does not see the reset.
  connection.socket.end()
  await sleep(200)
  connection.socket.resetAndDestroy()
  await sleep(200)
  // The write fails, and takes the error from the kernel.
  response?.send(Buffer.alloc(100_000), () => {})
  await until('the response is over', () => aborted.length > 0, DEADLINE_MS)
  assert.deepEqual(aborted, [true])
})
