/** A collector of spans for tests. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

/** A span as OTLP has it. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

/** Opens a collector that takes OTLP in JSON. It is closed behind the tests of the file. */
export async function openCollector() {
  const spans: Span[] = []
  const names: string[] = []
  const keys: (string | string[] | undefined)[] = []
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    keys.push(request.headers['x-key'])
    for (const { resource, scopeSpans } of JSON.parse(Buffer.concat(pieces).toString())
      .resourceSpans) {
      const isName = ({ key }: { key: string }) => key === 'service.name'
      names.push(resource.attributes.find(isName)?.value.stringValue)
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { spans, names, keys, url: `http://127.0.0.1:${port}` }
}
