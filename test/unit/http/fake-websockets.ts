/** uWebSockets.js and the system below it, with clients that the test makes. */
import assert from 'node:assert/strict'
import type { RawConnection } from '../../../src/http/connections.ts'
import type { RawRequest } from '../../../src/http/headers.ts'
import type { KernelSocket } from '../../../src/http/listeners.ts'
import type { System, TlsOptions, WebSockets } from '../../../src/http/server.ts'
import { type FakeHead, FakeResponse, fakeRequest } from './fake-response.ts'

type App = ReturnType<WebSockets['App']>
type OnRequest = Parameters<App['any']>[1]
type OnConnection = Parameters<App['filter']>[0]

let lastDescriptor = 0

/** A connection of a client. */
export class FakeConnection implements RawConnection {
  isOpen = true
  readonly descriptor = ++lastDescriptor
  readonly requests: FakeResponse[] = []
  readonly #app: FakeApp
  readonly address: string
  /** The address in the header of the PROXY protocol. */
  proxied = ''

  constructor(app: FakeApp, address: string) {
    this.#app = app
    this.address = address
  }

  getRemoteAddress(): ArrayBuffer {
    assert.ok(this.isOpen, 'the address of a closed connection')
    return new Uint8Array(this.address.split('.').map(Number)).buffer
  }

  getProxiedRemoteAddress(): ArrayBuffer {
    return new Uint8Array(this.proxied.split('.').filter(Boolean).map(Number)).buffer
  }

  /** Its header of the PROXY protocol arrives; it names `address`. */
  beginWithHeader(address: string): void {
    this.proxied = address
    this.#app.onConnection(this, 0, this.descriptor)
  }

  /** By either side; requests without a complete response are aborted. */
  close(): void {
    this.isOpen = false
    for (const response of this.requests) if (!response.isEnded) response.abort()
    this.#app.onConnection(this, -1, this.descriptor)
    this.#app.accept()
  }

  request(head: FakeHead = {}): FakeResponse {
    const response = new FakeResponse()
    this.requests.push(response)
    this.#app.onRequest(response, fakeRequest(head))
    return response
  }
}

/** An App, the socket at which it listens, and the kernel's queue there. */
export class FakeApp implements App, KernelSocket {
  port = 0
  isPaused = false
  isListening = false
  ignoresNew = false
  isReleased = false
  isClosed = false
  /** What wait to be accepted. */
  readonly queue: FakeConnection[] = []
  readonly connections: FakeConnection[] = []
  onRequest: (res: FakeResponse, req: RawRequest) => void = () => {}
  onConnection: OnConnection = () => {}
  onRefused: (res: FakeResponse, status: number, reason: string) => void = () => {}
  limits: Parameters<App['timeouts']>[0] | undefined
  tls: TlsOptions | undefined
  expectsProxyHeaders = false
  readRate: Parameters<App['limitReads']> | undefined
  readonly #takenPorts: ReadonlySet<number>

  constructor(takenPorts: ReadonlySet<number>) {
    this.#takenPorts = takenPorts
  }

  any(_pattern: string, handler: OnRequest): this {
    this.onRequest = handler
    return this
  }

  timeouts(timeouts: Parameters<App['timeouts']>[0]): this {
    this.limits = timeouts
    return this
  }

  expectProxyHeaders(): this {
    this.expectsProxyHeaders = true
    return this
  }

  limitReads(...rate: NonNullable<typeof this.readRate>): this {
    this.readRate = rate
    return this
  }

  refuse(handler: Parameters<App['refuse']>[0]): this {
    this.onRefused = handler
    return this
  }

  replaceOptions(tls: TlsOptions): void {
    this.tls = tls
  }

  filter(handler: OnConnection): this {
    this.onConnection = handler
    return this
  }

  listen(_host: string, port: number, _options: number, cb: (socket: unknown) => void): void {
    this.isListening = !this.#takenPorts.has(port)
    this.port = port
    cb(this.isListening ? this : false)
  }

  /** A client connects, and is accepted unless nothing is. */
  connect(address = '10.0.0.1'): FakeConnection {
    assert.ok(this.isListening)
    const connection = new FakeConnection(this, address)
    this.queue.push(connection)
    this.accept()
    return connection
  }

  /** As uWebSockets.js: until there is none, or accept() fails. */
  accept(): void {
    while (this.isListening && !this.isPaused) {
      const connection = this.queue.shift()
      if (!connection) return
      this.connections.push(connection)
      this.onConnection(connection, 1, connection.descriptor)
    }
  }

  close(): void {
    this.isClosed = true
    for (const connection of this.connections) if (connection.isOpen) connection.close()
  }

  pause(): void {
    assert.ok(!this.isReleased)
    this.isPaused = true
  }

  resume(): void {
    assert.ok(!this.isReleased)
    this.isPaused = false
    queueMicrotask(() => this.accept())
  }

  ignoreNewHandshakes(): void {
    this.ignoresNew = true
  }

  waiting(): number {
    return this.queue.length
  }

  release(): void {
    assert.ok(!this.isListening, 'released before it was closed')
    this.isReleased = true
  }
}

/** The package, and the operating system. */
export class FakeWebSockets implements WebSockets, System {
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT = 1
  readonly apps: FakeApp[] = []
  readonly takenPorts = new Set<number>()
  limit = 1000
  /** Descriptors that are no connections. */
  others = 50

  App(): FakeApp {
    const app = new FakeApp(this.takenPorts)
    this.apps.push(app)
    return app
  }

  SSLApp(tls: TlsOptions): FakeApp {
    const app = this.App()
    app.tls = tls
    return app
  }

  _cfg(): void {}

  us_listen_socket_close(socket: unknown): void {
    assert.ok((socket as FakeApp).isListening)
    Object.assign(socket as FakeApp, { isListening: false })
  }

  us_socket_local_port(socket: unknown): number {
    return (socket as FakeApp).port
  }

  readonly kernelSocket = (port: number): KernelSocket => {
    const app = this.apps.find((each) => each.port === port && each.isListening)
    assert.ok(app)
    return app
  }

  readonly openDescriptors = (): number => this.others + this.#open().length
  readonly descriptorLimit = (): number => this.limit

  readonly createPeers = () => ({
    admit: (own: number, max: number, client?: ArrayBuffer): boolean => {
      const { address } = this.#open().find(({ descriptor }) => descriptor === own) ?? {}
      const wanted = client ? new Uint8Array(client).join('.') : address
      return this.#open().filter((each) => (each.proxied || each.address) === wanted).length <= max
    },
    onClosed: (own: number) => {
      assert.ok(!this.#open().some(({ descriptor }) => descriptor === own))
    },
  })

  #open(): FakeConnection[] {
    return this.apps.flatMap(({ connections }) => connections).filter(({ isOpen }) => isOpen)
  }
}
