/** The server on uWebSockets.js and the engine, for tests that bring routes of their own. */
import { after } from 'node:test'
import { ConnectionTotals } from '../../../src/http/connection-totals.ts'
import type { Dispatcher } from '../../../src/http/dispatch.ts'
import { Server } from '../../../src/http/server.ts'
import { native } from '../../../src/kafka/native.ts'
import { createLog } from '../../../src/log.ts'

/** Starts a server on a free port, and closes it after the tests of the file. Returns its URL. */
export async function startServer<Services>(dispatcher: Dispatcher<Services>): Promise<string> {
  const server = await Server.create(
    {
      addresses: [{ scheme: 'http', host: '127.0.0.1', port: 0 }],
      maxHeaderBytes: 8192,
      idleTimeoutMs: 30_000,
      headTimeoutMs: 10_000,
      uploadTimeoutMs: 60_000,
      minBytesPerSecond: 0,
      keepsAddresses: false,
      trustedProxies: undefined,
      connections: { max: 0, maxPerListener: 0, maxPerAddress: 0 },
      totals: new ConnectionTotals(1),
      sharesPorts: false,
      system: {
        openDescriptors: native.openDescriptors,
        descriptorLimit: native.descriptorLimit,
        kernelSocket: (port) => new native.ListeningSocket(port),
        createPeers: () => new native.Peers(),
      },
      createCollector: (announcedBytes) => new native.Body(announcedBytes),
      log: createLog({ level: 'silent', format: 'json' }),
    },
    dispatcher,
  )
  const [port] = server.listen()
  after(() => server.close())
  return `http://127.0.0.1:${port}`
}
