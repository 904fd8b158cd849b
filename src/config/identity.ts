/** Whether the principals of requests act in Kafka as themselves, from the keys that define it. */

import type { Findings, Setting } from './findings.ts'
import { PASSWORD_MECHANISMS } from './identity-values.ts'
import type { Values } from './keys/index.ts'

/** Whose name is the principal of a request: that of a login or else of a certificate, or that of one of them only. */
export type PrincipalSource = 'any' | 'login' | 'certificate'

/** Whether each request uses Kafka with the credentials of its principal. */
export function propagatesIdentity(values: Values): boolean {
  return values['sluice.kafka.identity'] === 'propagate' || hasPlugIn(values)
}

/** Whether each principal has a key of its own in the key store of Kafka clients, as with Confluent's plug-in and TLS. */
export function usesKeysOfPrincipals(
  values: Values & { readonly originals: ReadonlyMap<string, Setting> },
): boolean {
  return propagatesIdentity(values) && usesTlsAlone(values.originals)
}

/** The brokers know the client by its certificate: it has no login. */
function usesTlsAlone(originals: ReadonlyMap<string, Setting>): boolean {
  return originals.get('client.security.protocol')?.text.trim().toUpperCase() === 'SSL'
}

/** Returns the source of principals. Confluent's plug-in knows one. */
export function principalSourceOf(values: Values): PrincipalSource {
  if (!hasPlugIn(values)) return 'any'
  return values['confluent.rest.auth.propagate.method'] === 'SSL' ? 'certificate' : 'login'
}

/** Returns the key of the file with the credentials of principals. */
export function keyOfCredentials(
  values: Values,
): 'sluice.kafka.credentials.file' | 'sluice.auth.jaas.file' {
  const hasOwn = values['sluice.kafka.credentials.file'] !== ''
  return hasOwn ? 'sluice.kafka.credentials.file' : 'sluice.auth.jaas.file'
}

const CREDENTIALS = 'sluice.kafka.credentials.file'
const OWN_PRINCIPAL = 'sluice.kafka.identity.principal'
const PASS_THROUGH = 'sluice.kafka.identity.pass.through'

/** How the credentials of requests are passed to Kafka. */
export interface PassThrough {
  /** The mechanism for names and passwords; undefined if they are not passed. */
  readonly password: (typeof PASSWORD_MECHANISMS)[number] | undefined
  /** Whether tokens are passed. */
  readonly tokens: boolean
}

/** Returns how the credentials of requests are passed to Kafka; undefined if they are not. */
export function passThroughOf(values: Values): PassThrough | undefined {
  const mechanisms = values[PASS_THROUGH]
  if (mechanisms.length === 0) return undefined
  return {
    password: PASSWORD_MECHANISMS.find((name) => mechanisms.includes(name)),
    tokens: mechanisms.includes('OAUTHBEARER'),
  }
}

/** Whose logins the schema registry is shown: those of principals with a password in Kafka, and those with a token. */
export interface RegistryLogins {
  readonly passwords: boolean
  readonly tokens: boolean
}

/** Returns the logins of principals that the schema registry is shown; undefined if it knows the process only. */
export function registryLoginsOf(values: Values): RegistryLogins | undefined {
  if (!propagatesIdentity(values)) return undefined
  const passwords = values['schema.registry.basic.auth.credentials.source'] === 'SASL_INHERIT'
  const tokens =
    values['schema.registry.bearer.auth.credentials.source'] === 'SASL_OAUTHBEARER_INHERIT'
  return passwords || tokens ? { passwords, tokens } : undefined
}

/** Whether principals may have a password in Kafka, from a file or from their logins. */
export function usesPasswordsOfPrincipals(
  values: Values & { readonly originals: ReadonlyMap<string, Setting> },
): boolean {
  if (!propagatesIdentity(values) || usesTlsAlone(values.originals)) return false
  return passThroughOf(values)?.password !== undefined || values[keyOfCredentials(values)] !== ''
}

/** Whether a process of a cluster sends the logins of requests to the owners of their instances. */
function showsLoginsToPeers(values: Values): boolean {
  return values['sluice.cluster.id'] !== '' && values['sluice.peer.mode'] === 'forward'
}

function isHttps(address: string): boolean {
  return /^https:/i.test(address)
}

function hasPlugIn(values: Values): boolean {
  return values['kafka.rest.resource.extension.class'].length > 0
}

type AddFault = (key: keyof Values & string, expected: string) => void

/** Adds the faults of keys that need each other. */
export function checkIdentity(
  values: Values,
  originals: ReadonlyMap<string, Setting>,
  findings: Findings,
): void {
  const fault: AddFault = (key, expected) => findings.faultAt(originals.get(key), key, expected)
  if (!propagatesIdentity(values)) {
    const expected = 'no value without sluice.kafka.identity=propagate, which has to be set with it'
    refuseAll([CREDENTIALS, PASS_THROUGH, OWN_PRINCIPAL], values, fault, expected)
    return
  }
  if (usesTlsAlone(originals)) {
    const reason = 'principals have keys in client.ssl.keystore.location'
    const expected = `no value beside client.security.protocol=SSL, with which ${reason}`
    refuseAll([CREDENTIALS, PASS_THROUGH], values, fault, expected)
  } else {
    checkLogins(values, fault)
  }
  if (values['sluice.embedded']) {
    fault('sluice.embedded', 'false, because the embedded cluster knows no principals')
  }
}

function refuseAll(
  keys: readonly (typeof CREDENTIALS | typeof PASS_THROUGH | typeof OWN_PRINCIPAL)[],
  values: Values,
  fault: AddFault,
  expected: string,
): void {
  for (const key of keys) if (values[key].length > 0) fault(key, expected)
}

/** Kafka knows principals by logins. */
function checkLogins(values: Values, fault: AddFault): void {
  const noKeys = 'no value without client.security.protocol=SSL: Kafka knows principals by logins'
  refuseAll([OWN_PRINCIPAL], values, fault, noKeys)
  if (values[PASS_THROUGH].length > 0) {
    checkPassThrough(values, fault)
  } else if (values[keyOfCredentials(values)] === '') {
    const expected = `a JAAS file with the Kafka credentials of the principals, because their identity is propagated; or ${PASS_THROUGH}`
    fault(CREDENTIALS, expected)
  }
}

function checkPassThrough(values: Values, fault: AddFault): void {
  const passwords = PASSWORD_MECHANISMS.filter((name) => values[PASS_THROUGH].includes(name))
  if (passwords.length > 1) {
    fault(PASS_THROUGH, `one mechanism for passwords, not ${passwords.join(' and ')}`)
  }
  if (showsLoginsToPeers(values) && !values['sluice.peer.listeners'].every(isHttps)) {
    const reason = 'the processes of the cluster send each other passwords and tokens'
    fault(PASS_THROUGH, `https:// in sluice.peer.listeners beside it, because ${reason}`)
  }
  if (principalSourceOf(values) === 'certificate') {
    const reason = 'principals are those of certificates, which have no password or token'
    fault(PASS_THROUGH, `no value beside confluent.rest.auth.propagate.method=SSL: ${reason}`)
  }
}
