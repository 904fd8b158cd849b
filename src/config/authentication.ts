/** The authentication of HTTP clients, from the keys that define it. Listeners may have own values. */

import { type AuthenticationMethod, parseMethods } from './authentication-values.ts'
import type { Findings, Setting } from './findings.ts'
import { passThroughOf, principalSourceOf } from './identity.ts'
import type { Values } from './keys/index.ts'
import { readerOf } from './listener-tls.ts'
import { adminListenersOf, type Listener, listenersOf } from './listeners.ts'

/** The authentication that a listener asks for. */
export interface ListenerAuthentication {
  /** Each of them is sufficient. Empty: clients need no credentials. */
  readonly methods: readonly AuthenticationMethod[]
  /** Named in challenges. The entry of the JAAS file, if users are there. */
  readonly realm: string
  /** `*`, `**`, and names of roles. Empty: nobody is admitted. */
  readonly roles: readonly string[]
  /** Paths without authentication: `/path`, or `/path/*` for the path and all below it. */
  readonly skipPaths: readonly string[]
}

/** Paths of probes, which carry no credentials and learn nothing of Kafka's content. */
const PROBES: readonly string[] = ['/healthy', '/ready']

/** Whether requests of a path need no credentials at a listener that asks for some. `path` is without the base path. */
export function isOpenPath({ skipPaths }: ListenerAuthentication, path: string): boolean {
  return PROBES.includes(path) || skipPaths.some((skipped) => covers(skipped, path))
}

/** `/path/*` covers `/path` and all below it. */
function covers(skipped: string, path: string): boolean {
  if (!skipped.endsWith('/*')) return skipped === path
  const start = skipped.slice(0, -1)
  return path.startsWith(start) || path === start.slice(0, -1)
}

type Originals = ReadonlyMap<string, Setting>
type Given = Values & { readonly originals: Originals }

const REALM = 'Sluice'

/** Keys that have no purpose without a method, so that their presence tells of a method that was meant. */
const KEYS_OF_METHODS = [
  { key: 'sluice.auth.users.file', method: 'BASIC' },
  { key: 'oauthbearer.jwks.endpoint.url', method: 'BEARER' },
  { key: 'public.key.path', method: 'BEARER' },
] as const satisfies { key: keyof Values; method: AuthenticationMethod }[]

/** Returns the authentication of a listener. Throws a `ValueFault` for a value that `checkAuthentication` reports. */
export function authenticationOf(
  config: Given,
  { name }: Pick<Listener, 'name'>,
): ListenerAuthentication {
  const read = readerOf(config, name)
  const own = read('authentication.method').filter((method) => method !== 'NONE')
  const methods = new Set([...own, ...methodsOfPlugIns(config)]) as Set<AuthenticationMethod>
  return {
    methods: [...methods].sort(),
    realm: read('authentication.realm') || REALM,
    roles: read('authentication.roles'),
    skipPaths: read('authentication.skip.paths'),
  }
}

/** Confluent's plug-ins take tokens, and passwords of users whom Sluice has to know from a file. */
function methodsOfPlugIns(config: Given): readonly AuthenticationMethod[] {
  if (config['rest.servlet.initializor.classes'].length === 0) return []
  return hasUsers(config) ? ['BASIC', 'BEARER'] : ['BEARER']
}

function hasUsers(config: Given): boolean {
  if (config['sluice.auth.users.file'] !== '') return true
  return config['sluice.auth.jaas.file'] !== '' && config['authentication.realm'] !== ''
}

/** Adds the faults of the authentication of all listeners. `values` have valid listeners. */
export function checkAuthentication(
  values: Values,
  originals: Originals,
  findings: Findings,
): void {
  const config = { ...values, originals }
  const fault = (key: keyof Values & string, expected: string) =>
    findings.faultAt(originals.get(key), key, expected)
  const used = new Set<AuthenticationMethod>()
  for (const listener of listenersOf(values)) {
    const { methods } = authenticationOf(config, listener)
    for (const method of methods) used.add(method)
    if (methods.includes('BASIC')) checkUsers(config, listener, fault)
  }
  if (used.has('BEARER')) checkTokens(values, fault, findings)
  checkPurposes(values, used, fault)
  refuseForOperators(config, findings)
  checkPropagation(config, fault)
  checkPassThrough(config, used, fault)
  const hasModule = values['sluice.authenticator.module'] !== ''
  if (hasModule && used.size > 0) {
    const methods = [...used].sort().join(',')
    fault(
      'sluice.authenticator.module',
      `no value beside authentication.method=${methods}: the module authenticates all requests`,
    )
  }
  if (used.size === 0 && !hasModule) warnOfUnused(originals, findings)
}

function checkPurposes(
  values: Values,
  used: ReadonlySet<AuthenticationMethod>,
  fault: AddFault,
): void {
  for (const { key, method } of KEYS_OF_METHODS) {
    if (values[key] === '' || used.has(method)) continue
    fault(key, `no value without authentication.method=${method}, which has to be set with it`)
  }
}

/** Nobody is authenticated at the addresses for operators. */
function refuseForOperators(config: Given, findings: Findings): void {
  const ofClients = new Set(listenersOf(config).map(({ name }) => name))
  for (const { name } of adminListenersOf(config)) {
    const setting = config.originals.get(`listener.name.${name}.authentication.method`)
    if (!setting || ofClients.has(name) || parseMethods(setting.text)[0] === 'NONE') continue
    findings.fault(
      setting,
      'NONE, because sluice.admin.listeners take requests without credentials',
    )
  }
}

/** Requests of a listener without logins would have no principal. */
function checkPropagation(config: Given, fault: AddFault): void {
  if (principalSourceOf(config) !== 'login') return
  for (const listener of listenersOf(config)) {
    if (authenticationOf(config, listener).methods.length > 0) continue
    fault(
      'confluent.rest.auth.propagate.method',
      `SSL, because the listener ${listener.name} has no authentication.method`,
    )
  }
}

/** A mechanism without logins that it passes tells of logins that were meant. */
function checkPassThrough(
  values: Values,
  used: ReadonlySet<AuthenticationMethod>,
  fault: AddFault,
): void {
  const passed = passThroughOf(values)
  const key = 'sluice.kafka.identity.pass.through'
  const without = (method: AuthenticationMethod) =>
    `without authentication.method=${method}, which has to be set with it`
  if (passed?.password && !used.has('BASIC'))
    fault(key, `no ${passed.password} ${without('BASIC')}`)
  if (passed?.tokens && !used.has('BEARER')) fault(key, `no OAUTHBEARER ${without('BEARER')}`)
}

type AddFault = (key: keyof Values & string, expected: string) => void

function checkUsers(config: Given, { name }: Listener, fault: AddFault): void {
  if (config['sluice.auth.users.file'] !== '') return
  if (config['sluice.auth.jaas.file'] === '') {
    fault(
      'sluice.auth.users.file',
      'a file with the users, because authentication.method is BASIC; or sluice.auth.jaas.file with authentication.realm',
    )
  } else if (readerOf(config, name)('authentication.realm') === '') {
    fault('authentication.realm', 'the name of an entry of sluice.auth.jaas.file')
  }
}

function checkTokens(values: Values, fault: AddFault, { warnings }: Findings): void {
  if (values['oauthbearer.jwks.endpoint.url'] === '' && values['public.key.path'] === '') {
    fault(
      'oauthbearer.jwks.endpoint.url',
      'the URL of the keys of tokens, because clients authenticate with tokens; or public.key.path',
    )
  }
  if (values['oauthbearer.jwks.endpoint.url'].startsWith('http:')) {
    warnings.push(
      'oauthbearer.jwks.endpoint.url: somebody in between could replace the keys; use https',
    )
  }
  for (const key of ['oauthbearer.expected.issuer', 'oauthbearer.expected.audience'] as const) {
    if (values[key].length > 0) continue
    warnings.push(`${key} is not set: tokens that the same keys sign for others are valid, too`)
  }
}

function warnOfUnused(originals: Originals, findings: Findings): void {
  for (const setting of originals.values()) {
    const isUnused = /(?:^|\.)authentication\.(?:realm|roles|skip\.paths)$/.test(setting.key)
    if (isUnused) findings.warn(setting, 'no effect without authentication.method')
  }
}
