/** Credentials for the schema registry, as request headers for each of its URLs. */
import {
  type Config,
  type Findings,
  findSetting,
  parseJaas,
  passThroughOf,
  registryLoginsOf,
  usesPasswordsOfPrincipals,
  ValueFault,
} from '../config/index.ts'
import type { ClientGrant } from './client-token.ts'
import type { Endpoint } from './endpoints.ts'

type Headers = Readonly<Record<string, string>>

const BASIC_SOURCE = 'schema.registry.basic.auth.credentials.source'
const USER_INFO = 'schema.registry.basic.auth.user.info'
const BEARER_SOURCE = 'schema.registry.bearer.auth.credentials.source'
const TOKEN = 'schema.registry.bearer.auth.token'

/** Later keys override earlier ones, as in the registry's own settings. */
const JAAS = ['client.sasl.jaas.config', 'producer.sasl.jaas.config', 'consumer.sasl.jaas.config']

/** Returns the URLs with their headers. Reports missing settings to `findings`. */
export function endpointsOf(config: Config, findings: Findings): readonly Endpoint[] {
  const common = commonHeaders(config, findings)
  warnOfPlainHttp(config, findings)
  return config['schema.registry.url'].map((text): Endpoint => {
    const url = new URL(text)
    const headers = common ?? urlHeaders(url)
    url.username = ''
    url.password = ''
    return { url: url.href.replace(/\/+$/, ''), headers }
  })
}

/** Returns the headers that all URLs share; `undefined` when each URL has its own credentials or none. */
function commonHeaders(config: Config, findings: Findings): Headers | undefined {
  const basic = config[BASIC_SOURCE]
  const isStatic = config[BEARER_SOURCE] === 'STATIC_TOKEN'
  const isBearer = config[BEARER_SOURCE] !== 'NONE'
  const basicSetting = findSetting(BASIC_SOURCE, config.originals)
  const logins = registryLoginsOf(config)
  if (isBearer && basicSetting && !(logins?.passwords && logins.tokens)) {
    findings.fault(basicSetting, `no value beside ${BEARER_SOURCE}: there can be only one`)
  }
  checkLogins(config, findings)
  warnUnused(USER_INFO, basic === 'USER_INFO', `${BASIC_SOURCE}=USER_INFO`, config, findings)
  warnUnused(TOKEN, isStatic, `${BEARER_SOURCE}=STATIC_TOKEN`, config, findings)
  if (isBearer) return bearerHeaders(config, isStatic, findings)
  switch (basic) {
    case 'URL':
      return undefined
    case 'USER_INFO':
      return userInfoHeaders(config, findings)
    case 'SASL_INHERIT':
      return logins ? {} : saslHeaders(config, findings)
  }
}

/** Adds the faults of sources that principals cannot have. */
function checkLogins(config: Config, findings: Findings): void {
  const fault = (key: string, expected: string) =>
    findings.faultAt(findSetting(key, config.originals), key, expected)
  const inheritsToken = config[BEARER_SOURCE] === 'SASL_OAUTHBEARER_INHERIT'
  if (inheritsToken && !passThroughOf(config)?.tokens) {
    fault(
      BEARER_SOURCE,
      'STATIC_TOKEN or OAUTHBEARER; or beside it sluice.kafka.identity=propagate with OAUTHBEARER in sluice.kafka.identity.pass.through, so that requests have tokens',
    )
  }
  if (registryLoginsOf(config)?.passwords && !usesPasswordsOfPrincipals(config)) {
    fault(
      BASIC_SOURCE,
      'USER_INFO or URL, because sluice.kafka.identity=propagate gives no principal a password that SASL_INHERIT could show to the registry',
    )
  }
}

function warnOfPlainHttp(config: Config, findings: Findings): void {
  const setting = findSetting('schema.registry.url', config.originals)
  const isPlain = config['schema.registry.url'].some((url) => /^http:/i.test(url))
  if (setting && isPlain && registryLoginsOf(config)) {
    findings.warn(
      setting,
      'the passwords and tokens of principals are readable on the way to a registry without https',
    )
  }
}

function warnUnused(
  key: string,
  isUsed: boolean,
  switchedOnBy: string,
  { originals }: Config,
  findings: Findings,
): void {
  const setting = findSetting(key, originals)
  if (setting && !isUsed) findings.warn(setting, `not used without ${switchedOnBy}`)
}

function urlHeaders({ username, password }: URL): Headers {
  if (username === '' && password === '') return {}
  return basicHeaders(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
}

function userInfoHeaders(config: Config, findings: Findings): Headers {
  const userInfo = config[USER_INFO]
  if (!userInfo.includes(':')) missing(config, findings, USER_INFO, `user:password in ${USER_INFO}`)
  return basicHeaders(userInfo)
}

function saslHeaders(config: Config, findings: Findings): Headers {
  const key = JAAS.findLast((name) => config.originals.has(name))
  const setting = key === undefined ? undefined : config.originals.get(key)
  if (setting === undefined) {
    missing(config, findings, BASIC_SOURCE, `a user name and password in ${JAAS[0]} beside it`)
    return {}
  }
  const userInfo = findings.tryRead(setting, (text) => {
    const { options } = parseJaas(text)
    const [username, password] = [options.get('username'), options.get('password')]
    if (username === undefined || password === undefined) {
      throw new ValueFault(`username and password, because of ${BASIC_SOURCE}=SASL_INHERIT`)
    }
    return `${username}:${password}`
  })
  return userInfo === undefined ? {} : basicHeaders(userInfo)
}

/** The headers of a bearer token, by the keys that set them. */
const BEARER_HEADERS = {
  [TOKEN]: 'authorization',
  'schema.registry.bearer.auth.logical.cluster': 'target-sr-cluster',
  'schema.registry.bearer.auth.identity.pool.id': 'confluent-identity-pool-id',
} as const

/** @param isStatic whether the token is that of the configuration */
function bearerHeaders(config: Config, isStatic: boolean, findings: Findings): Headers {
  const headers: Record<string, string> = {}
  for (const [key, header] of Object.entries(BEARER_HEADERS)) {
    const value = config[key as keyof typeof BEARER_HEADERS]
    const isSent = key === TOKEN ? isStatic : value !== ''
    if (isSent) headers[header] = bearerHeader(key, value, config, findings)
  }
  return headers
}

function bearerHeader(key: string, value: string, config: Config, findings: Findings): string {
  if (!/^[\x21-\x7e]+$/.test(value)) {
    missing(config, findings, key, 'printable characters without spaces')
  }
  return key === TOKEN ? `Bearer ${value}` : value
}

const ISSUER = 'schema.registry.bearer.auth.issuer.endpoint.url'
const CLIENT_ID = 'schema.registry.bearer.auth.client.id'
const CLIENT_SECRET = 'schema.registry.bearer.auth.client.secret'
const SCOPE = 'schema.registry.bearer.auth.scope'

/** Returns how the client of the registry gets its tokens; undefined for other credentials. Reports missing settings. */
export function grantOf(config: Config, findings: Findings): ClientGrant | undefined {
  const source = `${BEARER_SOURCE}=OAUTHBEARER`
  const isUsed = config[BEARER_SOURCE] === 'OAUTHBEARER'
  for (const key of [ISSUER, CLIENT_ID, CLIENT_SECRET] as const) {
    warnUnused(key, isUsed, source, config, findings)
    if (isUsed && config[key] === '') missing(config, findings, key, `a value beside ${source}`)
  }
  if (!isUsed) return undefined
  return {
    url: config[ISSUER],
    clientId: config[CLIENT_ID],
    clientSecret: config[CLIENT_SECRET],
    scope: config[SCOPE],
    bufferMs: 1000 * config['schema.registry.bearer.auth.cache.expiry.buffer.seconds'],
  }
}

function missing(config: Config, findings: Findings, key: string, expected: string): void {
  findings.faultAt(findSetting(key, config.originals), key, expected)
}

function basicHeaders(userInfo: string): Headers {
  return { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }
}
