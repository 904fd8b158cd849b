/** The clients of Kafka that act for a principal, with the credentials of that principal. */

import { LRUCache } from 'lru-cache'
import {
  type Config,
  keyOfCredentials,
  passThroughOf,
  propagatesIdentity,
  type RegistryLogins,
  registryLoginsOf,
  usesKeysOfPrincipals,
} from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Admin } from './admin.ts'
import { ConsumerInstances } from './consumer-instances.ts'
import type { BrokerCaller } from './direct/calls.ts'
import { native } from './native.ts'
import { Producer } from './producer.ts'
import { adminProperties, producerProperties } from './settings/client-config.ts'
import { CredentialsFile } from './settings/credentials-file.ts'
import {
  type CertificateIdentity,
  isSameIdentity,
  type KafkaIdentity,
  type Login,
  type PasswordIdentity,
  type TokenIdentity,
} from './settings/identity.ts'
import { PassedLogins } from './settings/passed-logins.ts'
import { PrincipalKeys } from './settings/principal-keys.ts'
import { loginByPassword, loginByToken } from './settings/registry-login.ts'

/** What a request uses of Kafka. */
export interface KafkaClients {
  readonly producer: Producer
  readonly admin: Admin
  readonly consumers: ConsumerInstances
}

/** Knows the credentials of principals. */
export interface Credentials {
  /** Returns the credentials of a principal; undefined without any. */
  find(principal: string): PasswordIdentity | CertificateIdentity | undefined
}

interface Known {
  readonly identity: KafkaIdentity
  readonly clients: KafkaClients
  /** The token that this event loop has given to the engine; empty for a principal with a password. */
  token: string
}

const MAX_KNOWN = 10_000

/**
 * The clients of all principals that have credentials: those of a file, or else those of their logins. The objects hold
 * no connection: the engine opens a client with the first request that needs it, shares it with other event loops, and
 * closes it when it is idle. After the same time the objects are forgotten, and with them passwords and tokens.
 */
export class PrincipalClients {
  readonly #config: Config
  readonly #credentials: Credentials | undefined
  readonly #brokers: BrokerCaller | undefined
  readonly #passed: PassedLogins | undefined
  readonly #registryLogins: RegistryLogins | undefined
  readonly #known: LRUCache<string, Known>

  /**
   * @param credentials those of files; undefined if all are those of logins
   * @param brokers see AdminOptions
   */
  constructor(config: Config, credentials: Credentials | undefined, brokers?: BrokerCaller) {
    this.#config = config
    this.#credentials = credentials
    this.#brokers = brokers
    const passed = passThroughOf(config)
    this.#passed = passed && new PassedLogins(passed)
    this.#registryLogins = registryLoginsOf(config)
    const ttl = config['sluice.kafka.identity.idle.ms']
    this.#known = new LRUCache({ max: MAX_KNOWN, ttl, updateAgeOnGet: true, perf: performance })
    setInterval(() => this.#purge(), ttl).unref()
  }

  /** Returns the clients of a configuration; undefined if all requests share those of the process. */
  static of(config: Config, log: Logger, brokers?: BrokerCaller): PrincipalClients | undefined {
    if (!propagatesIdentity(config)) return undefined
    return new PrincipalClients(config, credentialsOf(config, log), brokers)
  }

  /** Whether Kafka is shown the logins of requests. */
  get passesLogins(): boolean {
    return this.#passed !== undefined
  }

  /** Whether the schema registry knows principals by their logins. */
  get haveRegistryLogins(): boolean {
    return this.#registryLogins !== undefined
  }

  /**
   * Returns the value of Authorization with which the schema registry is asked for a principal: that of its credentials in
   * Kafka. Undefined if it has none now, or none that the registry is shown.
   *
   * @param loginOf see get()
   */
  registryLoginOf(principal: string, loginOf: () => Login | undefined): string | undefined {
    const shown = this.#registryLogins
    if (!shown) return undefined
    const identity = this.#credentials?.find(principal)
    if (identity) return loginByPassword(shown, identity)
    const login = this.#passed && loginOf()
    const passed = login && this.#passed?.identityOf(principal, login)
    if (!passed) return undefined
    if (passed.mechanism !== 'OAUTHBEARER') return loginByPassword(shown, passed)
    return login.kind === 'token' ? loginByToken(shown, login) : undefined
  }

  /**
   * Returns the clients of a principal. Throws 403 if it has no credentials, and 401 if its token has ended.
   *
   * @param loginOf returns the login of the principal, if its request has one. Called if the login may be passed on
   */
  get(principal: string, loginOf: () => Login | undefined = () => undefined): KafkaClients {
    const identity = this.#credentials?.find(principal)
    if (identity) return this.#clientsOf(`file ${principal}`, principal, identity).clients
    this.#known.delete(`file ${principal}`)
    const login = this.#passed && loginOf()
    const passed = login && this.#passed?.identityOf(principal, login)
    if (!passed) throw new RestError('NO_KAFKA_CREDENTIALS')
    if (passed.mechanism !== 'OAUTHBEARER') {
      return this.#clientsOf(`login ${principal}`, principal, passed).clients
    }
    const known = this.#clientsOf(passed.tokenName, passed.owner, passed)
    if (login.kind === 'token') giveToken(known, passed, login)
    return known.clients
  }

  /** @param owner whose consumer instances the principal has */
  #clientsOf(key: string, owner: string, identity: KafkaIdentity): Known {
    const known = this.#known.get(key)
    if (known && isSameIdentity(known.identity, identity)) return known
    const created = { identity, clients: this.#create(owner, identity), token: '' }
    this.#known.set(key, created)
    return created
  }

  #create(principal: string, identity: KafkaIdentity): KafkaClients {
    const config = this.#config
    const admin = new Admin(adminProperties(config, identity), {
      isPooled: true,
      ...(this.#brokers && { brokers: this.#brokers }),
    })
    return {
      producer: new Producer(producerProperties(config, identity), { isPooled: true }),
      admin,
      consumers: new ConsumerInstances(config, admin, { principal, identity }),
    }
  }

  #purge(): void {
    this.#known.purgeStale()
    this.#passed?.purge()
  }
}

function credentialsOf(config: Config, log: Logger): Credentials | undefined {
  if (usesKeysOfPrincipals(config)) return new PrincipalKeys(config, log)
  return config[keyOfCredentials(config)] === '' ? undefined : new CredentialsFile(config, log)
}

/** Gives the engine a token that it may not have yet. Throws 401 if it has ended. */
function giveToken(
  known: Known,
  { tokenName }: TokenIdentity,
  { token, expiresAt }: Extract<Login, { kind: 'token' }>,
): void {
  if (known.token === token) return
  if (!native.setToken(tokenName, token, expiresAt)) {
    throw new RestError('KAFKA_AUTHENTICATION', 'The token has ended, or ends now.')
  }
  known.clients.admin.token = token
  known.token = token
}
