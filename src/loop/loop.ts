/** An event loop: a server, and the dispatcher of its requests. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AccessControl } from '../api/access-control.ts'
import { basePathOf } from '../api/base-uri.ts'
import { VERSION } from '../api/description.ts'
import { DosFilter } from '../api/dos-filter.ts'
import { adminApisOf, apisOf, peerApisOf, routesOf } from '../api/routes.ts'
import type { Services, SharedServices } from '../api/services.ts'
import type { OpenStreams } from '../api/v3/open-streams.ts'
import type { Epoch } from '../auth/epoch.ts'
import { Gate } from '../auth/gate.ts'
import { ModuleGate } from '../auth/module-gate.ts'
import type { CredentialChecker } from '../auth/verdict.ts'
import type { PeerClient } from '../cluster/peer-client.ts'
import {
  adminListenersOf,
  allListenersOf,
  authenticationOf,
  type Config,
  checksHosts,
  clusterOf,
  type Listener,
  listenersOf,
  parseHeaderRules,
  proxySendersOf,
} from '../config/index.ts'
import { ConnectionTotals } from '../http/connection-totals.ts'
import { Compression } from '../http/content-encoding.ts'
import { type Api, Dispatcher, type DispatchOptions } from '../http/dispatch.ts'
import type { Exchange } from '../http/exchange.ts'
import type { KernelSocket } from '../http/listeners.ts'
import { ProxyHeaders } from '../http/proxy-headers.ts'
import type { RequestObserver } from '../http/request-observer.ts'
import { ResponseFields } from '../http/response-fields.ts'
import { Server, type ServerOptions } from '../http/server.ts'
import { TrustedProxies } from '../http/trusted-proxies.ts'
import { native } from '../kafka/native.ts'
import type { ProcessLimits } from '../limits/process-limits.ts'
import type { Logger } from '../log.ts'
import type { LoopCounters } from '../loop-counters.ts'
import type { EndCause, WorkerPool } from '../serde-workers/pool.ts'
import { type ClosableTracer, tracerOf } from '../tracing/tracer.ts'
import { awaitAtMost } from '../waiting.ts'
import type { LoopControl, LoopTls } from './coordinator.ts'
import { LoopDelay } from './loop-delay.ts'
import { type LoopOutputs, logsAgents, observerOf } from './observing.ts'

/** The options of a server that is not for clients: no limit holds there, and no proxy is in front of it. */
function forFew(addresses: ServerOptions['addresses']) {
  return {
    addresses,
    trustedProxies: undefined,
    connections: { max: 0, maxPerListener: 0, maxPerAddress: 0 },
    totals: new ConnectionTotals(addresses.length),
  }
}

const NO_CONNECTIONS = { open: 0, refused: 0, pauses: 0 }

/** What an event loop shares with its process and the other loops. */
export interface SharedState {
  readonly counters: LoopCounters
  readonly totals: ConnectionTotals
  readonly limits: ProcessLimits
  readonly outputs: LoopOutputs
  /** The text of the rules of access; undefined without any. */
  readonly accessRules: string | undefined
  /** Whether other loops listen at the same ports. */
  readonly sharesPorts: boolean
  /** Whether this loop serves `sluice.admin.listeners`. One of them is enough. */
  readonly isFirst: boolean
  /** Undefined if no listener asks for credentials. */
  readonly authority: LoopAuthority | undefined
  /** Undefined without a schema registry. */
  readonly workers: WorkerPool | undefined
}

/** The authority of the process over credentials, as an event loop sees it. */
export interface LoopAuthority {
  readonly checker: CredentialChecker
  readonly epoch: Epoch
}

/** The objects of an event loop. The process owns all others. */
export class Loop implements LoopControl {
  readonly #config: Config
  readonly #shared: SharedState
  readonly #log: Logger
  readonly #observer: RequestObserver<Services>
  readonly #dispatcher: Dispatcher<Services>
  readonly #delay: LoopDelay
  /** Serves the requests of other processes of the cluster. */
  readonly #peerDispatcher: Dispatcher<Services> | undefined
  readonly #peers: PeerClient | undefined
  readonly #access: AccessControl | undefined
  /** Undefined without `sluice.authenticator.module`, and until it is loaded. */
  #moduleGate: ModuleGate | undefined
  readonly #streams: OpenStreams
  /** The number of addresses for clients. */
  readonly #listeners: number
  /** Serves the requests of operators; undefined if another loop does, or none. */
  readonly #adminDispatcher: Dispatcher<Services> | undefined
  #tracer: ClosableTracer | undefined
  #server: Server<Services> | undefined
  #adminServer: Server<Services> | undefined
  #peerServer: Server<Services> | undefined
  /** What replaced the TLS of the start; undefined until something does. */
  #replacedTls: LoopTls | undefined

  constructor(config: Config, services: SharedServices, log: Logger, shared: SharedState) {
    this.#config = config
    this.#shared = shared
    this.#listeners = listenersOf(config).length
    this.#delay = new LoopDelay((seconds) => {
      shared.counters.delay.observe(seconds)
      this.writeGauges()
    })
    this.#log = log
    this.#streams = services.openStreams
    this.#observer = observerOf(config, log, shared.counters, shared.outputs)
    const gate = shared.authority && this.#createGate(shared.authority)
    const authenticate = this.#authenticationBy(gate)
    const rules = shared.accessRules
    this.#access = rules === undefined ? undefined : new AccessControl(rules, routesOf(config))
    const hasCors = config['access.control.allow.origin'].length > 0
    const apis = apisOf(
      config,
      services,
      shared.limits,
      this.#access,
      gate && ((caller) => gate.authenticate(caller)),
    )
    this.#dispatcher = this.#createDispatcher(apis, {
      optionsPolicy: {
        isRefused: config['reject.options.request'],
        isAdmitted: !(hasCors && config['access.control.skip.options']),
      },
      authenticate,
      filter: shared.limits.dos && new DosFilter(config, shared.limits.dos),
    })
    this.#peers = services.cluster?.peers
    if (shared.isFirst && adminListenersOf(config).length > 0) {
      this.#adminDispatcher = this.#createDispatcher(adminApisOf(config, services), {
        basePath: '',
      })
    }
    const peerApis = peerApisOf(config, services)
    this.#peerDispatcher = peerApis && this.#createDispatcher(peerApis)
  }

  get #hasModule(): boolean {
    return this.#config['sluice.authenticator.module'] !== ''
  }

  #authenticationBy(gate: Gate | undefined): DispatchOptions<Services>['authenticate'] {
    if (gate) return (exchange) => gate.authenticate(exchange)
    if (this.#hasModule) return (exchange) => this.#authenticateByModule(exchange)
    return undefined
  }

  #authenticateByModule(exchange: Exchange<Services>): void | Promise<void> {
    if (!this.#moduleGate) throw new Error('the module of sluice.authenticator.module is not there')
    return this.#moduleGate.authenticate(exchange)
  }

  async #loadModule(): Promise<void> {
    const config = this.#config
    const listeners = listenersOf(config).map((listener) => ({
      ...authenticationOf(config, listener),
      name: listener.name,
    }))
    const parts = { listeners, basePath: basePathOf(config) }
    this.#moduleGate = await ModuleGate.load(config['sluice.authenticator.module'], parts)
  }

  #createGate({ checker, epoch }: LoopAuthority): Gate {
    const config = this.#config
    const listeners = listenersOf(config).map((listener) => authenticationOf(config, listener))
    return new Gate({ listeners, basePath: basePathOf(config), checker, epoch })
  }

  #createDispatcher(
    apis: [Api<Services>, ...Api<Services>[]],
    own: Partial<DispatchOptions<Services>> = {},
  ): Dispatcher<Services> {
    return new Dispatcher<Services>({
      apis,
      optionsPolicy: { isRefused: false, isAdmitted: true },
      basePath: basePathOf(this.#config),
      maxBodyBytes: this.#config['sluice.request.max.bytes'],
      maxHeaderBytes: this.#config['max.request.header.size'],
      observer: this.#observer,
      ...own,
    })
  }

  /** Writes the gauges of this moment. Otherwise they are up to 20 ms old. */
  writeGauges(): void {
    const { open, refused, pauses } = this.#server?.connections ?? NO_CONNECTIONS
    const inFlight = this.#dispatcher.inFlight + (this.#peerDispatcher?.inFlight ?? 0)
    this.#shared.counters.gauges = { connections: open, refused, pauses, inFlight }
  }

  /**
   * Loads the HTTP layer, and the module of `sluice.authenticator.module`.
   *
   * @param ports of the addresses, if they are known
   */
  async prepare(ports: readonly number[] | undefined, tls: LoopTls): Promise<void> {
    this.#delay.start()
    this.#tracer = await tracerOf(this.#config, this.#log, VERSION)
    if (this.#hasModule) await this.#loadModule()
    const hasAuthority = this.#shared.authority !== undefined
    const addresses = allListenersOf(this.#config).map((listener, index) => ({
      ...listener,
      port: ports?.[index] ?? listener.port,
      tls: tls.listeners[index],
      checksHosts: index < this.#listeners && checksHosts(this.#config, listener),
      proxyHeaders: index < this.#listeners ? proxyHeadersOf(this.#config, listener) : undefined,
      readRate: index < this.#listeners ? this.#shared.limits.network?.of(index) : undefined,
    }))
    this.#server = await this.#createServer(this.#dispatcher, {
      responseFields: responseFieldsOf(this.#config),
      addresses: addresses.slice(0, this.#listeners),
      compression: this.#config['compression.enable']
        ? new Compression(this.#config['compression.min.bytes'])
        : undefined,
      keepsAuthorization: hasAuthority || this.#hasModule,
      keepsRequested: this.#config['csrf.prevention.enable'],
    })
    if (this.#adminDispatcher) {
      this.#adminServer = await this.#createServer(this.#adminDispatcher, {
        ...forFew(addresses.slice(this.#listeners)),
        sharesPorts: false,
        // Pages of other origins must not read what needs no credentials.
        responseFields: responseFieldsOf(this.#config, []),
        tracer: undefined,
      })
    }
    this.#peers?.replaceTls(tls.peers)
    const cluster = clusterOf(this.#config)
    if (cluster && this.#peerDispatcher) {
      this.#peerServer = await this.#createServer(this.#peerDispatcher, {
        ...forFew(cluster.listeners.map((listener) => ({ ...listener, tls: tls.peers }))),
        keepsAuthorization: true,
      })
    }
    // It may have been replaced while there were no servers yet.
    if (this.#replacedTls) this.#applyTls(this.#replacedTls)
  }

  /** See WorkerPool. */
  async onSchemaWorkerEnded(
    index: number,
    start: number,
    cause: EndCause | undefined,
  ): Promise<void> {
    await this.#shared.workers?.onWorkerEnded(index, start, cause)
  }

  /** Replaces the rules of access, for requests that come later. */
  async replaceAccessRules(text: string): Promise<void> {
    this.#access?.replace(text)
  }

  /** Replaces the TLS, for connections that are opened later. */
  async replaceTls(tls: LoopTls): Promise<void> {
    this.#replacedTls = tls
    this.#applyTls(tls)
  }

  #applyTls({ listeners, peers }: LoopTls): void {
    this.#server?.replaceTls(listeners.slice(0, this.#listeners))
    this.#adminServer?.replaceTls(listeners.slice(this.#listeners))
    this.#peerServer?.replaceTls((clusterOf(this.#config)?.listeners ?? []).map(() => peers))
    this.#peers?.replaceTls(peers)
  }

  /** Listens. Returns the ports, and behind them those for operators if this loop serves them. */
  async start(): Promise<number[]> {
    this.#peerServer?.listen()
    const adminPorts = this.#adminServer?.listen() ?? []
    return [...(this.#server?.listen() ?? []), ...adminPorts]
  }

  #createServer(
    dispatcher: Dispatcher<Services>,
    own: Pick<ServerOptions, 'addresses'> & Partial<ServerOptions>,
  ): Promise<Server<Services>> {
    return Server.create<Services>(
      {
        sharesPorts: this.#shared.sharesPorts,
        maxHeaderBytes: this.#config['max.request.header.size'],
        headTimeoutMs: this.#config['sluice.request.head.timeout.ms'],
        idleTimeoutMs: this.#config['idle.timeout.ms'],
        uploadTimeoutMs: this.#config['sluice.request.upload.timeout.ms'],
        minBytesPerSecond: this.#config['sluice.request.upload.min.bytes.per.second'],
        connections: {
          max: this.#config['server.connection.limit'],
          maxPerListener: this.#config['connector.connection.limit'],
          maxPerAddress: this.#config['sluice.connections.per.address.max'],
        },
        totals: this.#shared.totals,
        keepsAddresses: this.#needsAddresses,
        keepsAgents: logsAgents(this.#config),
        tracer: this.#tracer,
        trustedProxies: TrustedProxies.of(
          this.#config['sluice.trusted.proxies'],
          this.#config['sluice.trusted.proxies.certificate.header'],
        ),
        system: {
          openDescriptors: native.openDescriptors,
          descriptorLimit: native.descriptorLimit,
          kernelSocket: (port) => this.#kernelSocket(port),
          createPeers: () => new native.Peers(),
        },
        createCollector: (announcedBytes) => new native.Body(announcedBytes),
        log: this.#log,
        ...own,
      },
      dispatcher,
    )
  }

  get #needsAddresses(): boolean {
    const { limits, accessRules, authority } = this.#shared
    const hasRules = authority !== undefined || accessRules !== undefined || this.#hasModule
    return this.#observer.logsAddresses || limits.usesAddresses || hasRules
  }

  #kernelSocket(port: number): KernelSocket {
    const socket = new native.ListeningSocket(port)
    const sendBufferBytes = this.#config['sluice.connection.send.buffer.bytes']
    if (sendBufferBytes > 0) socket.setSendBuffer(sendBufferBytes)
    return socket
  }

  /**
   * From now on each response ends its connection. The loop listens for another `sluice.shutdown.delay.ms`;
   * the promise resolves when all requests are answered, or after `shutdown.graceful.ms`. Later requests
   * are refused.
   */
  async drain(): Promise<void> {
    this.#server?.closeAfterResponses()
    this.#streams.stop()
    this.#peerServer?.closeAfterResponses()
    // Load balancers send requests until their next check of /ready.
    const delay = this.#config['sluice.shutdown.delay.ms']
    if (delay > 0) await sleep(delay)
    await Promise.all([this.#server?.stopListening(), this.#peerServer?.stopListening()])
    const drained = Promise.all([this.#dispatcher.drain(), this.#peerDispatcher?.drain()])
    await awaitAtMost(drained, this.#config['shutdown.graceful.ms'])
    this.#dispatcher.close()
    this.#peerDispatcher?.close()
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#delay.stop()
    // Operators see the process until its end.
    const servers = [this.#server, this.#peerServer, this.#adminServer]
    await Promise.all(servers.map((server) => server?.close()))
    await this.#tracer?.close?.()
    this.#peers?.close()
  }
}

function proxyHeadersOf(config: Config, listener: Listener): ProxyHeaders | undefined {
  const senders = proxySendersOf(config, listener)
  return senders && new ProxyHeaders(senders)
}

/** @param origins those whose pages may read responses */
function responseFieldsOf(
  config: Config,
  origins = config['access.control.allow.origin'],
): ResponseFields | undefined {
  return ResponseFields.of({
    cors: {
      origins,
      methods: config['access.control.allow.methods'],
      headers: config['access.control.allow.headers'],
      exposedHeaders: config['access.control.expose.headers'],
    },
    rules: parseHeaderRules(config['response.http.headers.config']),
    nosniff: config['nosniff.prevention.enable'],
    hsts: config['hsts.header.enable'],
  })
}
