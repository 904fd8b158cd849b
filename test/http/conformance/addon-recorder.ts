/** A recorder on uWebSockets.js as Sluice loads it, in this process. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TimeoutsMs, UwsRequest, UwsResponse } from './addon.ts'
import { uws } from './addon.ts'
import { ID_HEADER, READ_HEADER } from './answers.ts'
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

/** The key and the certificate of a listener with TLS, as files. */
export interface TlsFiles {
  readonly key: string
  readonly cert: string
}

/** The settings of a recorder. */
export interface RecorderOptions {
  readonly tls?: TlsFiles
  readonly timeouts?: TimeoutsMs
}

const REASONS: Readonly<Record<number, string>> = {
  200: '200 OK',
  204: '204 No Content',
  304: '304 Not Modified',
  405: '405 Method Not Allowed',
  413: '413 Content Too Large',
}

/** Starts a recorder on a free port of the loopback interface. */
export function startAddonRecorder({ tls, timeouts }: RecorderOptions = {}): Recorder {
  const recording: Recording = { seen: [], ids: [] }
  const app = tls ? uws.SSLApp({ key_file_name: tls.key, cert_file_name: tls.cert }) : uws.App()
  app.any('/*', (res, req) => new Exchange(recording, res, req))
  app.refuse?.(refuse)
  if (timeouts) app.timeouts?.(timeouts)
  let socket: unknown
  app.listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (opened) => {
    socket = opened
  })
  if (!socket) throw new Error('The recorder cannot listen on a free port of 127.0.0.1.')
  return {
    port: uws.us_socket_local_port(socket),
    isTls: tls !== undefined,
    takeSeen: () => recording.seen.splice(0),
    takeIds: () => recording.ids.splice(0),
    async stop() {
      app.close()
    },
  }
}

/** What a recorder remembers. */
interface Recording {
  readonly seen: string[]
  readonly ids: string[]
}

/** Answers a request that was refused, as Sluice does: in JavaScript. */
function refuse(res: UwsResponse, status: number, reason: string): void {
  res.onAborted(() => {})
  res.cork(() => {
    res.writeStatus(`${status} ${reason}`)
    res.end(`refused: ${reason}`, true)
  })
}

/** One request, and its answer. */
class Exchange {
  readonly #recording: Recording
  readonly #request: Recorded
  readonly #body: Buffer[] = []
  #res: UwsResponse | undefined

  constructor(recording: Recording, res: UwsResponse, req: UwsRequest) {
    this.#recording = recording
    this.#res = res
    this.#request = recordedOf(req)
    recording.ids.push(idOf(this.#request))
    res.onAborted(() => {
      this.#res = undefined
    })
    res.onBodyRefused?.((status, reason) => {
      this.#res = undefined
      refuse(res, status, reason)
    })
    if (mannerOf(this.#request.target) === 'refuse') {
      this.#answer()
      return
    }
    if (awaitsInvitation(req)) res.writeContinue?.()
    res.onData((piece, isLast) => {
      this.#body.push(Buffer.from(piece.slice(0)))
      if (isLast) void this.#answerInManner()
    })
  }

  async #answerInManner(): Promise<void> {
    if (mannerOf(this.#request.target) === 'later') await sleep(delayOf(this.#request.target))
    this.#answer()
  }

  #answer(): void {
    const res = this.#res
    if (!res) return
    this.#res = undefined
    const { method, target } = this.#request
    const read = describeRequest(this.#request, Buffer.concat(this.#body).toString('latin1'))
    this.#recording.seen.push(read)
    const manner = mannerOf(target)
    res.cork(() => {
      res.writeStatus(REASONS[statusOf(this.#request)] as string)
      res.writeHeader(READ_HEADER, readHeader(read))
      const id = idOf(this.#request)
      if (id !== '') res.writeHeader(ID_HEADER, id)
      if (manner === 'stream' && method !== 'HEAD') res.write('a stream ')
      res.end(bodyOf(read, manner), manner === 'refuse')
    })
  }
}

function recordedOf(req: UwsRequest): Recorded {
  const headers: [string, string][] = []
  req.forEach((name, value) => {
    headers.push([name, value])
  })
  const query = req.getQuery()
  return {
    method: req.getMethod().toUpperCase(),
    target: req.getUrl() + (query ? `?${query}` : ''),
    host: headers.find(([name]) => name === 'host')?.[1],
    isHttp10: req.getMinorVersion?.() === 0,
    headers,
  }
}

/** Whether the client waits for 100 (Continue), and has a body to send. */
function awaitsInvitation(req: UwsRequest): boolean {
  const length = Number(req.getHeader('content-length'))
  const hasBody = req.getHeader('transfer-encoding') !== '' || length > 0
  const isHttp10 = req.getMinorVersion?.() === 0
  return hasBody && !isHttp10 && /^100-continue$/i.test(req.getHeader('expect'))
}
