/** Our build of uWebSockets.js, for tests that use it without Sluice. */
import { createRequire } from 'node:module'

/** The time-outs of connections, in milliseconds. 0 is none. */
export interface TimeoutsMs {
  readonly idle: number
  readonly head: number
  readonly bodyIdle: number
  readonly write: number
}

/** The part of HttpRequest that tests use. */
export interface UwsRequest {
  getMethod(): string
  getUrl(): string
  getQuery(): string
  getHeader(name: string): string
  getMinorVersion?(): number
  forEach(callback: (name: string, value: string) => void): void
}

/** The part of HttpResponse that tests use. */
export interface UwsResponse {
  writeStatus(status: string): unknown
  writeHeader(name: string, value: string): unknown
  write(piece: string): boolean
  end(body?: string, closeConnection?: boolean): unknown
  cork(work: () => void): unknown
  onAborted(handler: () => void): unknown
  onData(handler: (piece: ArrayBuffer, isLast: boolean) => void): unknown
  writeContinue?(): unknown
  onBodyRefused?(handler: (status: number, reason: string) => void): unknown
}

/** The part of an App that tests use. */
export interface UwsApp {
  any(pattern: string, handler: (res: UwsResponse, req: UwsRequest) => void): unknown
  refuse?(handler: (res: UwsResponse, status: number, reason: string) => void): unknown
  timeouts?(timeouts: TimeoutsMs): unknown
  listen(host: string, port: number, options: number, cb: (socket: unknown) => void): unknown
  close(): unknown
}

interface Uws {
  App(): UwsApp
  SSLApp(options: { key_file_name: string; cert_file_name: string }): UwsApp
  us_socket_local_port(socket: unknown): number
  LIBUS_LISTEN_EXCLUSIVE_PORT: number
  _cfg(key: string): void
}

/** The default of max.request.header.size. */
const MAX_HEAD_BYTES = 32_768

process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(MAX_HEAD_BYTES)

/** The module. */
export const uws: Uws = createRequire(import.meta.url)('../../../native-bindings/uws.js')
uws._cfg('silent')
