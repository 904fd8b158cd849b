/** TLS options for the registry, from the Java-style `schema.registry.ssl.*` settings. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext, type SecureContextOptions } from 'node:tls'
import {
  type Config,
  describeConversion,
  type Findings,
  findSetting,
  ValueFault,
} from '../config/index.ts'

const PREFIX = 'schema.registry.ssl.'
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Returns the options for connections. Reads the stores, and reports their errors to `findings`. */
export function tlsOptions(config: Config, findings: Findings): ConnectionOptions {
  const trust =
    read(config, findings, 'truststore.certificates', (text) => trusted(text)) ??
    read(config, findings, 'truststore.location', (path) => trustStore(path))
  const key =
    read(config, findings, 'keystore.key', (text) => inlineKey(text, config)) ??
    read(config, findings, 'keystore.location', (path) => keyStore(path, config))
  return {
    secureContext: createSecureContext({ ...trust, ...key }),
    ...(config['schema.registry.ssl.endpoint.identification.algorithm'] === '' && {
      checkServerIdentity: () => undefined,
    }),
  }
}

function read(
  { originals }: Config,
  findings: Findings,
  name: string,
  parse: (text: string) => SecureContextOptions,
): SecureContextOptions | undefined {
  const setting = findSetting(PREFIX + name, originals)
  if (setting === undefined || setting.text.trim() === '') return undefined
  return findings.tryRead({ ...setting, text: setting.text.trim() }, parse)
}

function trustStore(path: string): SecureContextOptions {
  const content = readStore(path)
  if (storeType(content) !== 'PEM') throw new ValueFault(describeConversion('truststore'))
  return trusted(content.toString('latin1'))
}

function trusted(pem: string): SecureContextOptions {
  const certificates = pem.match(PEM_CERTIFICATE) ?? []
  // OpenSSL skips unreadable certificates and would then trust none.
  if (certificates.length === 0) throw new ValueFault('certificates in PEM')
  attempt('certificates in PEM', () => {
    for (const certificate of certificates) new X509Certificate(certificate)
  })
  return { ca: certificates }
}

function keyStore(path: string, config: Config): SecureContextOptions {
  const content = readStore(path)
  switch (storeType(content)) {
    case 'PEM':
      return checkedKey({ cert: content, key: content, ...keyPassword(config) })
    case 'PKCS12': {
      const passphrase = config['schema.registry.ssl.keystore.password']
      return checkedKey({ pfx: content, passphrase })
    }
    default:
      throw new ValueFault(describeConversion('keystore'))
  }
}

function inlineKey(key: string, config: Config): SecureContextOptions {
  const cert = config['schema.registry.ssl.keystore.certificate.chain']
  return checkedKey({ key, cert, ...keyPassword(config) })
}

function keyPassword(config: Config): SecureContextOptions {
  const passphrase = config['schema.registry.ssl.key.password']
  return passphrase === '' ? {} : { passphrase }
}

function checkedKey(options: SecureContextOptions): SecureContextOptions {
  attempt('a key with its certificates, and its password', () => createSecureContext(options))
  return options
}

function readStore(path: string): Buffer {
  return attempt('a file that can be read', () => readFileSync(path))
}

/** Detects the type of a store by its content, because suffixes and Java's default type are unreliable. */
function storeType(content: Buffer): 'PEM' | 'PKCS12' | 'JKS' {
  if (content.includes('-----BEGIN ')) return 'PEM'
  // PKCS #12 is an ASN.1 sequence; Java's own format begins with FE ED FE ED.
  return content[0] === 0x30 ? 'PKCS12' : 'JKS'
}

function attempt<T>(expected: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new ValueFault(`${expected}: ${(error as Error).message}`)
  }
}
