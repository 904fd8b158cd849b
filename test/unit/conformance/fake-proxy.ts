/** A REST proxy that gives any answer, for what the runner makes of it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RestProxy } from '../../conformance/runner.ts'

/** What it answers. */
export interface FakeAnswer {
  readonly status: number
  readonly type?: string
  readonly text?: string
}

/** A running one. */
export interface FakeProxy extends RestProxy {
  /** What it was asked, as method and path. */
  readonly asked: string[]
  stop(): void
}

/** Starts one that answers what `answer` says. It takes any topic for made. */
export async function startFakeProxy(
  answer: (request: IncomingMessage, index: number) => FakeAnswer,
): Promise<FakeProxy> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status, type, text = '' } = answer(request, asked.length - 1)
    response.writeHead(status, type === undefined ? {} : { 'content-type': type })
    response.end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    createTopic: async () => {},
    variables: {},
    asked,
    stop: () => server.close(),
  }
}
