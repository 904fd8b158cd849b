/** Keeps the token of the process for Amazon MSK: the engine gets a new one before the one before ends. */
import type { Logger } from '../../log.ts'
import { native } from '../native.ts'
import type { MskLogin } from '../settings/client-config.ts'
import type { Property } from '../settings/credentials.ts'
import { readAwsCredentials } from './aws-credentials.ts'
import { mskToken } from './iam-token.ts'

/** A token is replaced after this part of its life, as librdkafka does. */
const PART_OF_LIFE = 0.8
/** The pause after a failure. Tokens that are valid stay in use. */
const RETRY_MS = 10_000
const LEAST_LIFE_MS = 1_000

/** See the top of this file. The process has one, in its main thread. */
export class ProcessToken {
  readonly #login: MskLogin
  readonly #log: Logger
  readonly #read: typeof readAwsCredentials
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  /** Never in a log, an error or an output. */
  #token: string | undefined

  /** @param read reads the credentials that sign tokens */
  constructor(login: MskLogin, log: Logger, read = readAwsCredentials) {
    this.#login = login
    this.#log = log
    this.#read = read
  }

  /** Resolves when the first attempt has ended. Clients wait for a token. Does not reject. */
  async start(): Promise<void> {
    const pauseMs = await this.#renew()
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.start(), pauseMs)
    this.#timer.unref()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** Returns the last token for a client with these properties; undefined if it has another login, and before the first token. */
  tokenOf(properties: readonly Property[]): string | undefined {
    const { tokenName } = this.#login
    const isOwn = properties.some(
      ([name, value]) => name === 'sasl.oauthbearer.config' && value === tokenName,
    )
    return isOwn ? this.#token : undefined
  }

  /** Resolves to the milliseconds until the next attempt. */
  async #renew(): Promise<number> {
    const { tokenName, region } = this.#login
    try {
      const { token, expiresAt } = mskToken(await this.#read(region), region)
      const lifeMs = expiresAt - Date.now()
      if (lifeMs < LEAST_LIFE_MS) throw new Error('the credentials of AWS end now')
      native.setToken(tokenName, token, expiresAt)
      this.#token = token
      return PART_OF_LIFE * lifeMs
    } catch (error) {
      this.#log.error(
        { reason: (error as Error).message, region },
        'no token for Amazon MSK: clients use the last one, or wait',
      )
      return RETRY_MS
    }
  }
}
