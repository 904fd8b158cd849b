/** The clients of Kafka that act for a principal, with the credentials of that principal. */
import { type Config, propagatesIdentity } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Admin } from './admin.ts'
import { ConsumerInstances } from './consumer-instances.ts'
import { Producer } from './producer.ts'
import { adminProperties, producerProperties } from './settings/client-config.ts'
import { CredentialsFile } from './settings/credentials-file.ts'
import { isSameIdentity, type KafkaIdentity } from './settings/identity.ts'

/** What a request uses of Kafka. */
export interface KafkaClients {
  readonly producer: Producer
  readonly admin: Admin
  readonly consumers: ConsumerInstances
}

/** Knows the credentials of principals. */
export interface Credentials {
  /** Returns the credentials of a principal; undefined without any. */
  find(principal: string): KafkaIdentity | undefined
}

interface Known {
  readonly identity: KafkaIdentity
  readonly clients: KafkaClients
}

/**
 * The clients of all principals that have credentials. The objects hold no connection: the engine opens a client with
 * the first request that needs it, shares it with other event loops, and closes it when it is idle.
 */
export class PrincipalClients {
  readonly #config: Config
  readonly #credentials: Credentials
  readonly #known = new Map<string, Known>()

  constructor(config: Config, credentials: Credentials) {
    this.#config = config
    this.#credentials = credentials
  }

  /** Returns the clients of a configuration; undefined if all requests share those of the process. */
  static of(config: Config, log: Logger): PrincipalClients | undefined {
    if (!propagatesIdentity(config)) return undefined
    return new PrincipalClients(config, new CredentialsFile(config, log))
  }

  /** Returns the clients of a principal. Throws 403 if it has no credentials. */
  get(principal: string): KafkaClients {
    const identity = this.#credentials.find(principal)
    const known = this.#known.get(principal)
    if (identity && known && isSameIdentity(known.identity, identity)) return known.clients
    this.#known.delete(principal)
    if (!identity) throw new RestError('NO_KAFKA_CREDENTIALS')
    const clients = this.#create(principal, identity)
    this.#known.set(principal, { identity, clients })
    return clients
  }

  #create(principal: string, identity: KafkaIdentity): KafkaClients {
    const config = this.#config
    const admin = new Admin(adminProperties(config, identity), { isPooled: true })
    return {
      producer: new Producer(producerProperties(config, identity), { isPooled: true }),
      admin,
      consumers: new ConsumerInstances(config, admin, { principal, identity }),
    }
  }
}
