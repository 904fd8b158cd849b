/** A schema registry that refuses everybody everything, as Confluent's does without permission. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** It. */
export interface RefusingRegistry {
  readonly url: string
  stop(): void
}

/** Starts it on a free port of the loopback interface. */
export async function startRefusingRegistry(): Promise<RefusingRegistry> {
  const body = JSON.stringify({ error_code: 40301, message: 'User is denied operation Write.' })
  const server = createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
