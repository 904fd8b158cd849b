/**
 * How a client reaches brokers, read from librdkafka's properties: for requests that another library sends. A property about
 * the security of connections that is not known here is refused, and never left out.
 */
import { readFileSync } from 'node:fs'
import { RestError } from '../../errors.ts'
import type { Property } from './credentials.ts'

/** The credentials of a client: never in a log, an error or an output. */
export type SaslAccess =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string }

/** The TLS of connections, in the terms of Node's `tls`. */
export interface TlsAccess {
  readonly ca: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  readonly crl?: string
  readonly ciphers?: string
  readonly ecdhCurve?: string
  readonly sigalgs?: string
  readonly rejectUnauthorized: boolean
  /** Whether the certificate of a broker has to be for its host. */
  readonly checksHost: boolean
}

/** What a connection to a broker needs besides its address. */
export interface BrokerAccess {
  readonly clientId: string
  readonly tls: TlsAccess | undefined
  readonly sasl: SaslAccess | undefined
}

/** Those that need nothing but a name and a password. */
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

const OF_TLS_OR_NOT = /^(?:enable\.)?ssl\./
const OF_SASL_OR_NOT = /^(?:enable\.)?sasl\./

/** The properties of other mechanisms have no effect. Those about where tokens come from have none for a token that is there. */
const OF_OTHER_MECHANISMS = /^(?:sasl\.(?:kerberos|oauthbearer)\.|enable\.sasl\.oauthbearer\.)/

const OF_SASL = ['sasl.mechanism', 'sasl.mechanisms', 'sasl.username', 'sasl.password']
const OF_TLS = [
  'ssl.ca.pem',
  'ssl.ca.location',
  'ssl.certificate.pem',
  'ssl.certificate.location',
  'ssl.key.pem',
  'ssl.key.location',
  'ssl.key.password',
  'ssl.crl.location',
  'ssl.cipher.suites',
  'ssl.curves.list',
  'ssl.sigalgs.list',
  'enable.ssl.certificate.verification',
  'ssl.endpoint.identification.algorithm',
]

/** Would have to be sent with a token. */
const EXTENSIONS = 'sasl.oauthbearer.extensions'

/** Where systems keep the authorities that they trust. The first file that exists counts, as in librdkafka. */
const SYSTEM_AUTHORITIES = [
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/certs/ca-bundle.crt',
  '/etc/pki/tls/certs/ca-bundle.trust.crt',
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
]

/**
 * Translates the properties of a client, with the token that it has for OAUTHBEARER. Reads the files that they name. Throws 500 for a mechanism or a setting that has
 * no equivalent, and for a file that cannot be read.
 */
export function brokerAccess(properties: readonly Property[], token?: string): BrokerAccess {
  const given = new Map(properties)
  const protocol = (given.get('security.protocol') ?? 'plaintext').toLowerCase()
  const [usesSasl, usesTls] = [protocol.startsWith('sasl_'), protocol.endsWith('ssl')]
  const unknown = properties.find(([name]) => isUnknown(name, usesTls, usesSasl))
  if (unknown) throw unavailable(unknown[0])
  return {
    clientId: given.get('client.id') ?? 'sluice',
    tls: usesTls ? tlsOf(given) : undefined,
    sasl: usesSasl ? saslOf(given, token) : undefined,
  }
}

/** Whether a property changes the security of connections in a way that is not known here. */
function isUnknown(name: string, usesTls: boolean, usesSasl: boolean): boolean {
  if (OF_TLS_OR_NOT.test(name)) return usesTls && !OF_TLS.includes(name)
  if (!OF_SASL_OR_NOT.test(name)) return false
  return usesSasl && !OF_SASL.includes(name) && !OF_OTHER_MECHANISMS.test(name)
}

function unavailable(what: string): RestError {
  return new RestError(
    'KAFKA_ERROR',
    `This endpoint is not available with the setting ${what} of Kafka clients. Other endpoints are; Kafka's own tools do the same.`,
  )
}

function saslOf(given: ReadonlyMap<string, string>, token: string | undefined): SaslAccess {
  // librdkafka's default.
  const mechanism = given.get('sasl.mechanisms') ?? given.get('sasl.mechanism') ?? 'GSSAPI'
  if (mechanism === 'OAUTHBEARER' && token !== undefined && !given.has(EXTENSIONS)) {
    return { mechanism, token }
  }
  const known = MECHANISMS.find((each) => each === mechanism)
  if (!known) throw unavailable(`sasl.mechanism=${mechanism}`)
  return {
    mechanism: known,
    username: given.get('sasl.username') ?? '',
    password: given.get('sasl.password') ?? '',
  }
}

function tlsOf(given: ReadonlyMap<string, string>): TlsAccess {
  const optional = (name: string, value: string | undefined) => value && { [name]: value }
  return {
    ca: given.get('ssl.ca.pem') ?? authoritiesAt(given.get('ssl.ca.location')),
    ...optional('cert', given.get('ssl.certificate.pem') ?? contentOf(given, 'certificate')),
    ...optional('key', given.get('ssl.key.pem') ?? contentOf(given, 'key')),
    ...optional('passphrase', given.get('ssl.key.password')),
    ...optional('crl', contentOf(given, 'crl')),
    ...optional('ciphers', given.get('ssl.cipher.suites')),
    ...optional('ecdhCurve', given.get('ssl.curves.list')),
    ...optional('sigalgs', given.get('ssl.sigalgs.list')),
    rejectUnauthorized: given.get('enable.ssl.certificate.verification') !== 'false',
    checksHost: given.get('ssl.endpoint.identification.algorithm') !== 'none',
  }
}

/** Returns the authorities in a file; those of the system without one. */
function authoritiesAt(location: string | undefined): string {
  if (location && location !== 'probe') return contentAt(location, 'ssl.ca.location')
  for (const path of SYSTEM_AUTHORITIES) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      // The next one.
    }
  }
  throw new RestError(
    'KAFKA_ERROR',
    'The system has no file of trusted authorities. Set client.ssl.truststore.location.',
  )
}

function contentOf(given: ReadonlyMap<string, string>, what: string): string | undefined {
  const name = `ssl.${what}.location`
  const path = given.get(name)
  return path ? contentAt(path, name) : undefined
}

function contentAt(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new RestError('KAFKA_ERROR', `${name} of Kafka clients names no readable file: ${code}`)
  }
}
