/**
 * The TLS options of https listeners, for clients, operators and other processes of a cluster: read from their stores at
 * the start, and again when these change.
 */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import {
  allListenersOf,
  type Config,
  type Fault,
  Findings,
  type ListenerTls,
  PEER_PREFIX,
  peerTlsOf,
  settingOfListener,
  tlsOfListener,
} from '../config/index.ts'
import { FileWatch } from '../file-watch.ts'
import type { Sample } from '../histogram.ts'
import type { TlsOptions } from '../http/server.ts'
import type { Logger } from '../log.ts'
import type { LoopTls } from '../loop/coordinator.ts'
import { readKeyStore, readTrustStore, StoreError } from '../tls/stores.ts'
import { readPeerTls } from './peer-certificates.ts'

const DAY_MS = 86_400_000
/** The rest of a certificate's life from which on the log warns. */
const EXPIRY_WARNING_MS = 14 * DAY_MS

const NOT_SET = 'not set'
/** The label of a metric for the certificate between the processes. */
const PEERS = 'sluice.peer.listeners'

/** Returns the faults of the stores of all listeners. */
export function faultsOfListenerStores(config: Config): readonly Fault[] {
  const findings = new Findings()
  readAll(config, findings)
  return findings.faults
}

/** Reads the stores of the listeners, and gives their options to the event loops. */
export class ListenerCertificates {
  readonly #config: Config
  readonly #log: Logger
  readonly #apply: (options: LoopTls) => Promise<void>
  readonly #watch: FileWatch
  #options: LoopTls
  #reloading: Promise<void> = Promise.resolve()
  #reloads = { done: 0, failed: 0 }

  /**
   * Reads the stores. Throws an error that names the key of an unusable store.
   *
   * @param apply gives new options to all event loops
   */
  constructor(config: Config, log: Logger, apply: (options: LoopTls) => Promise<void>) {
    this.#config = config
    this.#log = log
    this.#apply = apply
    const watched = [
      ...tlsOf(config).flatMap((tls) => (tls?.reloads ? filesOf(tls) : [])),
      ...peerFilesOf(config),
    ]
    this.#watch = new FileWatch(
      () => watched,
      () => this.reload('a file has changed'),
    )
    this.#options = this.#read()
  }

  /** The options that were last read without a fault. */
  get options(): LoopTls {
    return this.#options
  }

  /** The moments at which the certificates of listeners expire, and the number of reloads. */
  get readings() {
    return {
      sluice_tls_certificate_expiry_timestamp_seconds: expiries(this.#config, this.#options),
      sluice_tls_reloads_total: [
        { labels: { result: 'success' }, value: this.#reloads.done },
        { labels: { result: 'failure' }, value: this.#reloads.failed },
      ],
    }
  }

  /** Whether there are stores to be read again. */
  get isReloadable(): boolean {
    const { listeners, peers } = this.#options
    return peers !== undefined || listeners.some((options) => options !== undefined)
  }

  /** Watches the files of listeners with `ssl.keystore.reload`, and those of listeners for other processes. */
  start(): void {
    this.#warnOfExpiry()
    this.#watch.start()
  }

  stop(): void {
    this.#watch.stop()
  }

  /** Reads the stores again, if there are any. One after another; an unusable store changes nothing. Does not reject. */
  reload(reason: string): Promise<void> {
    if (!this.isReloadable) return Promise.resolve()
    this.#reloading = this.#reloading.then(() => this.#reload(reason))
    return this.#reloading
  }

  async #reload(reason: string): Promise<void> {
    try {
      const options = this.#read()
      await this.#apply(options)
      this.#options = options
      this.#reloads.done++
      this.#log.info({ reason }, 'certificates of listeners were read again')
      this.#warnOfExpiry()
    } catch (error) {
      this.#reloads.failed++
      this.#log.error(
        { reason, err: error },
        'certificates of listeners cannot be read again: the old ones stay in use',
      )
    }
  }

  #read(): LoopTls {
    const findings = new Findings()
    const options = readAll(this.#config, findings)
    const [fault] = findings.faults
    if (fault) throw new Error(`${fault.key} (${fault.source}): expected ${fault.expected}`)
    return options
  }

  #warnOfExpiry(): void {
    for (const { labels, value } of expiries(this.#config, this.#options)) {
      const expires = new Date(value * 1000)
      if (expires.getTime() - Date.now() > EXPIRY_WARNING_MS) continue
      this.#log.warn(
        { ...labels, expires },
        'the certificate of a listener expires soon or has expired',
      )
    }
  }
}

function tlsOf(config: Config): readonly (ListenerTls | undefined)[] {
  return allListenersOf(config).map((listener) =>
    listener.scheme === 'https' ? tlsOfListener(config, listener) : undefined,
  )
}

function filesOf({ keyStore, trustStore, watchLocation }: ListenerTls): string[] {
  const files = [watchLocation || keyStore.location, trustStore?.location ?? '']
  return files.filter((file) => file !== '')
}

function peerFilesOf(config: Config): string[] {
  const tls = peerTlsOf(config)
  return tls ? [tls.keyStore.location, tls.trustStore.location] : []
}

function readAll(config: Config, findings: Findings): LoopTls {
  const { originals } = config
  const listeners = tlsOf(config).map((tls) => {
    if (!tls) return undefined
    return tryStores(
      () => read(tls),
      ({ key }) => settingOfListener(originals, tls.name, key) ?? { key, source: NOT_SET },
      findings,
    )
  })
  const peers = peerTlsOf(config)
  return {
    listeners,
    peers:
      peers &&
      tryStores(
        () => readPeerTls(peers),
        ({ key }) =>
          originals.get(PEER_PREFIX + key) ?? { key: PEER_PREFIX + key, source: NOT_SET },
        findings,
      ),
  }
}

/** Returns undefined for stores that cannot be used, of which `findings` then tell. */
function tryStores(
  readStores: () => TlsOptions,
  settingOf: (error: StoreError) => Pick<Fault, 'key' | 'source'>,
  findings: Findings,
): TlsOptions | undefined {
  try {
    return readStores()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const { key, source } = settingOf(error)
    findings.faults.push({ key, expected: error.message, source })
    return undefined
  }
}

/** Reads the stores of a listener. Throws a StoreError. */
function read(tls: ListenerTls): TlsOptions {
  const { keyStore, alias, trustStore, suites, minVersion, maxVersion, clientCertificate } = tls
  const { key, certificateChain: cert } = readKeyStore(keyStore, alias || undefined)
  const ca = trustStore ? readTrustStore(trustStore) : ''
  try {
    // Node.js's OpenSSL is that of uWebSockets.js. No event loop gets options which it would refuse.
    createSecureContext({ key, cert, ...(ca && { ca }) })
  } catch (error) {
    const reason = (error as Error).message
    throw new StoreError(
      'ssl.keystore.location',
      `a key with its certificates, that OpenSSL can use: ${keyStore.location}: ${reason}`,
    )
  }
  return {
    key,
    cert,
    ca,
    ssl_ciphers: suites.tls12,
    ciphersuites: suites.tls13,
    minVersion,
    maxVersion,
    clientCertificate,
  }
}

function expiries(config: Config, { listeners, peers }: LoopTls): Sample[] {
  const names = allListenersOf(config).map(({ name }) => name)
  const certificates = [...listeners, peers].map((options, index) => {
    return { listener: names[index] ?? PEERS, cert: options?.cert }
  })
  return certificates.flatMap(({ listener, cert }) => {
    if (cert === undefined) return []
    const value = Date.parse(new X509Certificate(cert).validTo) / 1000
    return [{ labels: { listener }, value }]
  })
}
