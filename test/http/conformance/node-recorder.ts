/** A recorder on Node's own server, whose parser is the second opinion. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { READ_HEADER } from './answers.ts'
import {
  bodyOf,
  delayOf,
  describeRequest,
  idOf,
  mannerOf,
  type Recorded,
  type Recorder,
  readHeader,
  statusOf,
} from './recorder.ts'

const MAX_HEAD_BYTES = 32_768

/** Starts a recorder on a free port of the loopback interface. */
export async function startNodeRecorder(): Promise<Recorder> {
  const seen: string[] = []
  const ids: string[] = []
  const server = createServer(
    { maxHeaderSize: MAX_HEAD_BYTES, keepAliveTimeout: 0, joinDuplicateHeaders: false },
    (req, res) => {
      ids.push(idOf(recordedOf(req)))
      void answer(seen, req, res)
    },
  )
  // Otherwise it drops the answers that are not written yet when it reads a FIN. Its types do not know the property.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    isTls: false,
    takeSeen: () => seen.splice(0),
    takeIds: () => ids.splice(0),
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(seen: string[], req: IncomingMessage, res: ServerResponse): Promise<void> {
  const request = recordedOf(req)
  const { target, method } = request
  const manner = mannerOf(target)
  const pieces: Buffer[] = []
  // A body that is refused or cut off: Node's server has answered, or nobody waits.
  req.on('error', () => {})
  if (manner !== 'refuse') {
    req.on('data', (piece: Buffer) => pieces.push(piece))
    await new Promise((resolve) => req.once('end', resolve))
  }
  if (manner === 'later') await sleep(delayOf(target))
  const read = describeRequest(request, Buffer.concat(pieces).toString('latin1'))
  seen.push(read)
  const body = bodyOf(read, manner)
  res.writeHead(statusOf(request), {
    [READ_HEADER]: readHeader(read),
    ...(manner === 'refuse' && { connection: 'close' }),
    ...(manner !== 'stream' &&
      ![204, 304].includes(statusOf(request)) && {
        'content-length': Buffer.byteLength(body),
      }),
  })
  if (manner === 'stream' && method !== 'HEAD') res.write('a stream ')
  res.end(body)
}

function recordedOf(req: IncomingMessage): Recorded {
  const headers: [string, string][] = []
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] as string
    headers.push([name.toLowerCase(), req.rawHeaders[index + 1] as string])
  }
  // Node's server leaves an absolute target as it is.
  const [, authority, path = ''] = /^http:\/\/([^/?]*)(.*)$/i.exec(req.url ?? '') ?? []
  const target = authority === undefined ? (req.url ?? '') : path.replace(/^(?!\/)/, '/')
  const host = authority ?? req.headers.host
  return {
    method: req.method ?? '',
    target: target.replace(/\?$/, ''),
    host,
    isHttp10: req.httpVersion === '1.0',
    headers,
  }
}
