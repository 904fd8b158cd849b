/** The TLS options between the processes of a cluster, from their stores. */
import { X509Certificate } from 'node:crypto'
import { checkServerIdentity, createSecureContext } from 'node:tls'
import type { PeerTls } from '../config/index.ts'
import type { TlsOptions } from '../http/server.ts'
import { readKeyStore, readTrustStore, StoreError } from '../tls/stores.ts'

/** The uses of a certificate (RFC 5280, 4.2.1.12) of which it has to name both, or any, if it names some. */
const SERVERS = '1.3.6.1.5.5.7.3.1'
const CLIENTS = '1.3.6.1.5.5.7.3.2'
const ANY_USE = '2.5.29.37.0'

/**
 * Reads the stores. The options are those of the listeners and of connections to other processes.
 *
 * @throws {StoreError} for a store that cannot be used, and for a certificate that the other processes would refuse
 */
export function readPeerTls({ keyStore, trustStore, host, ...tls }: PeerTls): TlsOptions {
  const { key, certificateChain: cert } = readKeyStore(keyStore)
  const ca = readTrustStore(trustStore)
  const refuse = (what: string, reason: string) => {
    return new StoreError('ssl.keystore.location', `${what}: ${keyStore.location}: ${reason}`)
  }
  try {
    createSecureContext({ key, cert, ca })
  } catch (error) {
    throw refuse('a key with its certificates, that OpenSSL can use', (error as Error).message)
  }
  const certificate = new X509Certificate(cert)
  const mismatch = checkServerIdentity(host, certificate.toLegacyObject())
  if (mismatch) {
    throw refuse(`a certificate for ${host}, at which the others call`, mismatch.message)
  }
  // Undefined without the extension, unlike its type.
  const uses = certificate.keyUsage as string[] | undefined
  const allows = (use: string) => !uses || uses.includes(use) || uses.includes(ANY_USE)
  if (!allows(SERVERS) || !allows(CLIENTS)) {
    throw refuse('a certificate for servers and for clients', `its uses are ${uses?.join(', ')}`)
  }
  return {
    key,
    cert,
    ca,
    ssl_ciphers: tls.suites.tls12,
    ciphersuites: tls.suites.tls13,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    clientCertificate: 'required',
  }
}
