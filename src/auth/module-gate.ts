/**
 * Authenticates the requests of an event loop by the module of `sluice.authenticator.module`.
 *
 *  1. Only a well-formed client admits a request: a defect of the module is a 500, and refuses.
 *  2. Nothing is remembered: what the module says counts for one request.
 */
import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AuthenticatedClient, Authenticator } from '../../authenticator.d.ts'
import type { Config, Fault, ListenerAuthentication } from '../config/index.ts'
import { RestError } from '../errors.ts'
import { type Caller, hasRole, NOT_CACHED, skipsAuthentication } from './gate.ts'

/** A request for a module. */
export interface ModuleCaller extends Caller {
  readonly method: string
  readonly certificateSubject: string | undefined
}

/** What the gate knows of the configuration. */
export interface ModuleGateParts {
  /** The authentication of each listener. */
  readonly listeners: readonly (ListenerAuthentication & { readonly name: string })[]
  /** The beginning of all paths: empty, or `/` and segments. */
  readonly basePath: string
}

const TIMEOUT_MS = 10_000
/** Names of principals are in logs, rules and protocols of lines. */
const PRINCIPAL = /^[^\p{Cc}]+$/u
/** RFC 9110: visible characters and spaces. */
const CHALLENGE = /^[\x20-\x7e]+$/

/** See the top of this file. */
export class ModuleGate {
  readonly #authenticator: Authenticator
  readonly #parts: ModuleGateParts
  readonly #timeoutMs: number

  constructor(authenticator: Authenticator, parts: ModuleGateParts, timeoutMs = TIMEOUT_MS) {
    this.#authenticator = authenticator
    this.#parts = parts
    this.#timeoutMs = timeoutMs
  }

  /** Loads a module. Rejects with an error that names the module and what it lacks. */
  static async load(file: string, parts: ModuleGateParts): Promise<ModuleGate> {
    try {
      return new ModuleGate(await authenticatorOf(file), parts)
    } catch (error) {
      const reason = (error as Error | undefined)?.message ?? error
      throw new Error(`sluice.authenticator.module=${file} cannot be used: ${reason}`)
    }
  }

  /** Sets the principal and the roles of a request. Throws, or rejects with, 401, 403, 503, or an error of the module. */
  authenticate(caller: ModuleCaller): void | Promise<void> {
    const { listeners, basePath } = this.#parts
    const listener = listeners[caller.listener]
    if (!listener) throw new Error(`listener ${caller.listener} has no authentication`)
    if (skipsAuthentication(listener, basePath, caller.path)) return
    const { method, path, authorization, clientAddress, certificateSubject } = caller
    const request = { method, path, authorization, clientAddress, certificateSubject }
    const told = this.#authenticator.authenticate({ ...request, listener: listener.name })
    if (!isPromise(told)) return this.#admit(caller, told, listener)
    return this.#inTime(told).then((client) => this.#admit(caller, client, listener))
  }

  #admit(caller: ModuleCaller, told: unknown, { roles: allowed }: ListenerAuthentication): void {
    if (told === undefined) throw this.#unauthenticated()
    const { principal, roles } = checked(told)
    caller.principal = principal
    caller.roles = roles
    // The module knows all of its clients, as an issuer of tokens does.
    if (!hasRole({ method: 'BEARER', roles }, allowed)) throw new RestError('FORBIDDEN')
  }

  #unauthenticated(): RestError {
    const { challenge } = this.#authenticator
    const headers = challenge === undefined ? [] : [['WWW-Authenticate', challenge] as const]
    return new RestError('UNAUTHENTICATED', undefined, { headers: [...headers, NOT_CACHED] })
  }

  #inTime(told: PromiseLike<unknown>): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RestError('OUT_OF_TIME')), this.#timeoutMs)
    })
    return Promise.race([told, limit]).finally(() => clearTimeout(timer))
  }
}

async function authenticatorOf(file: string): Promise<Authenticator> {
  const { default: create } = await import(pathToFileURL(resolve(file)).href)
  if (typeof create !== 'function') throw new Error('it has no function as its default export')
  const authenticator: Partial<Authenticator> | undefined = await create()
  if (typeof authenticator?.authenticate !== 'function') {
    throw new Error('its default export makes no object with a method authenticate()')
  }
  const { challenge } = authenticator
  if (challenge !== undefined && !CHALLENGE.test(challenge)) {
    throw new Error('its challenge is no text of visible characters')
  }
  return authenticator as Authenticator
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}

/** Returns the fault of a module that cannot be read; an empty list without any. */
export function faultsOfAuthenticator(config: Config): readonly Fault[] {
  const key = 'sluice.authenticator.module'
  const file = config[key]
  if (file === '') return []
  try {
    accessSync(resolve(file), constants.R_OK)
    return []
  } catch (error) {
    const expected = `a module that can be read: ${(error as NodeJS.ErrnoException).code}`
    return [{ key, expected, source: config.originals.get(key)?.source ?? 'not set' }]
  }
}

/** Throws an error, which quotes nothing, for a value that is no client. */
function checked(told: unknown): Required<AuthenticatedClient> {
  const { principal, roles = [] } = (told ?? {}) as Partial<AuthenticatedClient>
  const isClient =
    typeof principal === 'string' &&
    PRINCIPAL.test(principal) &&
    Array.isArray(roles) &&
    roles.every((role) => typeof role === 'string')
  if (!isClient) throw new Error('sluice.authenticator.module: authenticate() returns no client')
  return { principal, roles }
}
