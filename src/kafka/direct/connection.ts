/** Connections to brokers: each is opened for one call, and closed with it. */
import { RestError } from '../../errors.ts'
import { kafkaError } from '../errors.ts'
import type { BrokerAccess, SaslAccess, TlsAccess } from '../settings/broker-access.ts'
import type { Address } from './calls.ts'
import { faultOf, timedOut } from './faults.ts'
import {
  type Connection,
  library,
  type SASLCustomAuthenticator,
  type SASLOptions,
} from './library.ts'

/** The library's functions for a request, by their versions. */
export interface Request<Arguments extends unknown[], Response> {
  /** Kafka's name. */
  readonly name: string
  readonly versions: readonly {
    readonly key: number
    readonly version: number
    async(connection: Connection, ...args: Arguments): Promise<Response>
  }[]
}

/** Sends a request in the highest version that the broker knows. A response with errors resolves, too: it has their codes. */
export type Send = <Arguments extends unknown[], Response>(
  request: Request<Arguments, Response>,
  ...args: Arguments
) => Promise<Response>

/** The time for a broker that does not answer, while there are others. */
const OPENING_MS = 3_000

const UNSUPPORTED_VERSION = 35

/**
 * Opens a connection to the first of the brokers that can be reached, and calls `use` with it. Rejects with a RestError: with that
 * of the last broker if there is none, and with a timeout after `timeoutMs`. `use` is called once at most.
 */
export async function withBroker<Result>(
  access: BrokerAccess,
  brokers: readonly Address[],
  timeoutMs: number,
  use: (send: Send) => Promise<Result>,
): Promise<Result> {
  const end = performance.now() + timeoutMs
  let session: Session | undefined
  try {
    session = await reach(access, brokers, end)
    return await within(end - performance.now(), use(session.send))
  } catch (error) {
    throw faultOf(error, session?.name ?? '')
  } finally {
    session?.close()
  }
}

/** Returns a session with the first of the brokers that can be reached before `end`. */
async function reach(
  access: BrokerAccess,
  brokers: readonly Address[],
  end: number,
): Promise<Session> {
  let failure = new RestError('BROKER_NOT_AVAILABLE')
  for (const [index, broker] of brokers.entries()) {
    const left = end - performance.now()
    const session = new Session(access, broker)
    try {
      const isLast = index === brokers.length - 1
      await within(isLast ? left : Math.min(left, OPENING_MS), session.open())
      return session
    } catch (error) {
      session.close()
      failure = faultOf(error, session.name)
      // Another attempt with wrong credentials could lock their user out.
      if (failure.name === 'KAFKA_AUTHENTICATION') throw failure
    }
  }
  throw failure
}

/** Awaits `work`, and rejects with a timeout after `ms`. What the work does then is of no interest. */
async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut()), Math.max(0, ms))
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/** A connection, and what the broker at its end knows. */
class Session {
  readonly name: string
  readonly #access: BrokerAccess
  readonly #broker: Address
  readonly #maxVersions = new Map<number, number>()
  #connection: Connection | undefined
  #isClosed = false

  constructor(access: BrokerAccess, broker: Address) {
    this.#access = access
    this.#broker = broker
    this.name = `${broker.host}:${broker.port}`
  }

  async open(): Promise<void> {
    const { Connection, apiVersionsV3 } = await library()
    const { clientId, tls, sasl } = this.#access
    const options = {
      ...(tls && { tls: optionsOf(tls) }),
      ...(sasl && { sasl: await saslOptions(sasl) }),
    }
    if (this.#isClosed) throw timedOut()
    const connection = new Connection(clientId, options)
    this.#connection = connection
    // Without a listener an error would end the process. Calls reject by themselves.
    connection.on('error', () => {})
    await connection.connect(this.#broker.host, this.#broker.port)
    const { apiKeys } = await apiVersionsV3.api.async(connection, 'sluice', '0')
    for (const { apiKey, maxVersion } of apiKeys) this.#maxVersions.set(apiKey, maxVersion)
  }

  readonly send: Send = async ({ name, versions }, ...args) => {
    const known = versions.filter(
      ({ key, version }) => version <= (this.#maxVersions.get(key) ?? -1),
    )
    const best = known.at(-1)
    if (!best) {
      const text = `The broker at ${this.name} does not know the request ${name}.`
      throw kafkaError(UNSUPPORTED_VERSION, text)
    }
    try {
      return await best.async(this.#connection as Connection, ...args)
    } catch (error) {
      const { response } = error as { response?: Awaited<ReturnType<typeof best.async>> }
      if (response === undefined) throw error
      return response
    }
  }

  /** Closes the connection at once, also one that is being opened. */
  close(): void {
    this.#isClosed = true
    // It stops the timers, but waits for a peer that does not close its half.
    this.#connection?.close(() => {})
    this.#connection?.socket?.destroy()
  }
}

function optionsOf({ checksHost, ...options }: TlsAccess) {
  return checksHost ? options : { ...options, checkServerIdentity: () => undefined }
}

/** The library's options for a login. */
async function saslOptions(access: SaslAccess): Promise<SASLOptions> {
  if (access.mechanism === 'PLAIN' || access.mechanism === 'OAUTHBEARER') return access
  return { ...access, authenticate: await guardedScram() }
}

/** The library's SCRAM, whose errors about the messages of a broker are caught. */
async function guardedScram(): Promise<SASLCustomAuthenticator> {
  const { saslScramSha } = await library()
  return (mechanism, connection, send, username = '', password = '', _token, done) => {
    const guarded = (to: Connection, bytes: Buffer, answer: typeof done) =>
      send(to, bytes, (error, response) => {
        try {
          answer(error as Error, response as never)
        } catch (fault) {
          done(fault as Error, undefined as never)
        }
      })
    saslScramSha.authenticate(
      guarded as unknown as typeof send,
      connection,
      mechanism === 'SCRAM-SHA-256' ? 'SHA-256' : 'SHA-512',
      username,
      password,
      saslScramSha.defaultCrypto,
      done,
    )
  }
}
