/** A small HTTPS server on the addon alone. */
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'

interface Peer {
  readonly der: ArrayBuffer
  readonly subject: string
  readonly isVerified: boolean
}

interface Response {
  onAborted(handler: () => void): void
  onData(handler: (piece: ArrayBuffer, isLast: boolean) => void): void
  cork(write: () => void): void
  end(body: string | Uint8Array): void
  getPeerCertificate(): Peer | undefined
}

interface App {
  any(pattern: string, handler: (res: Response, req: { getUrl(): string }) => void): void
  listen(host: string, port: number, handler: (socket: unknown) => void): void
  /** Throws, and changes nothing, when the options are unusable. */
  replaceOptions(options: object): void
  close(): void
}

interface Addon {
  SSLApp(options: object): App
  us_socket_local_port(socket: unknown): number
}

/** A server and its port at 127.0.0.1. */
export interface TlsServer {
  readonly port: number
  readonly app: App
}

const addon: Addon = createRequire(import.meta.url)('../../native-bindings/uws.js')

/** Serves until the test is over. Throws when the options are unusable. */
export function serveTls(t: TestContext, options: object): TlsServer {
  const app = addon.SSLApp(options)
  app.any('/*', (res, req) => answer(res, req.getUrl()))
  let listener: unknown
  app.listen('127.0.0.1', 0, (socket) => {
    listener = socket
  })
  t.after(() => app.close())
  return { port: addon.us_socket_local_port(listener), app }
}

function answer(res: Response, path: string): void {
  let isOpen = true
  res.onAborted(() => {
    isOpen = false
  })
  const end = (body: string | Uint8Array) => isOpen && res.cork(() => res.end(body))
  const [, kind, size] = path.split('/')
  if (kind === 'bytes') end(Buffer.alloc(Number(size), 'b'))
  else if (kind === 'peer') end(describe(res.getPeerCertificate()))
  else if (kind === 'later') setTimeout(() => end('later'), 50)
  else if (kind === 'count') count(res, end)
  else end('hello')
}

function describe(peer: Peer | undefined): string {
  if (!peer) return 'none'
  return JSON.stringify({ ...peer, der: Buffer.from(peer.der).toString('base64') })
}

function count(res: Response, end: (body: string) => void): void {
  let bytes = 0
  res.onData((piece, isLast) => {
    bytes += piece.byteLength
    if (isLast) end(String(bytes))
  })
}
