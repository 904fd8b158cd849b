/**
 * The file with the Kafka credentials of principals: the section `KafkaClient` of a JAAS file, with a login module for
 * each.
 */

import { readFileSync } from 'node:fs'
import {
  type Config,
  type Fault,
  Findings,
  findSetting,
  type JaasEntry,
  keyOfCredentials,
  parseJaasFile,
  passThroughOf,
  propagatesIdentity,
  usesKeysOfPrincipals,
  ValueFault,
} from '../../config/index.ts'
import type { Logger } from '../../log.ts'
import { adminProperties, consumerProperties, producerProperties } from './client-config.ts'
import type { PasswordIdentity } from './identity.ts'
import { faultsOfPrincipalKeys } from './principal-keys.ts'
import { RereadFile } from './reread-file.ts'

const SECTION = 'KafkaClient'
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

type Identities = ReadonlyMap<string, PasswordIdentity>

/** Returns the faults of the credentials of principals, and of the settings of Kafka clients that use them. */
export function faultsOfCredentials(config: Config): readonly Fault[] {
  const key = keyOfCredentials(config)
  if (!propagatesIdentity(config)) return []
  if (usesKeysOfPrincipals(config)) return faultsOfPrincipalKeys(config)
  const findings = new Findings()
  for (const [role, name] of clientsWithoutSasl(config)) {
    findings.faults.push({
      key: `${role}.security.protocol`,
      expected: `SASL_SSL or SASL_PLAINTEXT, because the identity of principals is propagated to Kafka, instead of ${name}`,
      source: 'the settings of Kafka clients',
    })
  }
  if (config[key] !== '') findings.tryRead(findSetting(key, config.originals), () => read(config))
  return findings.faults
}

/** Without SASL a client would act as the owner of its certificate, or as nobody. */
function clientsWithoutSasl(config: Config): (readonly [role: string, protocol: string])[] {
  const clients = {
    producer: producerProperties(config),
    consumer: consumerProperties(config, { group: '' }),
    admin: adminProperties(config),
  }
  return Object.entries(clients)
    .map(([role, { properties }]) => {
      const protocol = new Map(properties).get('security.protocol') ?? 'plaintext'
      return [role, protocol] as const
    })
    .filter(([, protocol]) => !/^sasl_/i.test(protocol))
}

/** The credentials of principals, as the file has them now. */
export class CredentialsFile {
  readonly #file: RereadFile<Identities>

  /** Reads the file. Throws a `ValueFault` for an invalid one. */
  constructor(config: Config, log: Logger) {
    const key = keyOfCredentials(config)
    this.#file = new RereadFile(key, config[key], () => read(config), log)
  }

  /** Returns the credentials of a principal; undefined without any. Reads a file that has changed. */
  find(principal: string): PasswordIdentity | undefined {
    return this.#file.content.get(principal)
  }
}

function read(config: Config): Identities {
  const modules = parseJaasFile(textOf(config[keyOfCredentials(config)])).get(SECTION)
  // The JAAS file of logins needs no such section where the credentials of requests are passed.
  const isOptional = config['sluice.kafka.credentials.file'] === '' && passThroughOf(config)
  if (!modules && isOptional) return new Map()
  if (!modules) throw new ValueFault(`a JAAS file with the section ${SECTION}`)
  const identities = new Map<string, PasswordIdentity>()
  for (const module of modules) {
    const identity = identityOf(module, config)
    if (identities.has(identity.username)) {
      throw new ValueFault(`one login module for the username ${identity.username}, not several`)
    }
    identities.set(identity.username, identity)
  }
  return identities
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ValueFault(`a file that can be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function identityOf({ module, options }: JaasEntry, config: Config): PasswordIdentity {
  const mechanism = mechanismOf(module, config)
  const username = options.get('username') ?? ''
  const password = options.get('password') ?? ''
  if (username === '' || password === '') {
    throw new ValueFault(`a username and a password in each ${module} of ${SECTION}`)
  }
  return { mechanism, username, password }
}

function mechanismOf(module: string, config: Config): PasswordIdentity['mechanism'] {
  if (module === 'PlainLoginModule') return 'PLAIN'
  if (module !== 'ScramLoginModule') {
    throw new ValueFault(`PlainLoginModule or ScramLoginModule in ${SECTION}, not ${module}`)
  }
  const configured = new Map(adminProperties(config).properties).get('sasl.mechanism')
  const mechanism = SCRAM.find((name) => name === configured)
  if (mechanism) return mechanism
  throw new ValueFault(`client.sasl.mechanism=${SCRAM.join(' or ')} beside a ScramLoginModule`)
}
