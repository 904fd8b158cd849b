/** The registry behind TLS: whom the client trusts, and what it shows. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { after, afterEach, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { describeFault, loadConfig } from '../../../src/config/index.ts'
import { loadRegistrySettings } from '../../../src/schema-registry/settings.ts'
import {
  createAuthority,
  createIdentity,
  encryptedPem,
  type Identity,
  pkcs12,
  STORE_PASSWORD,
} from '../../certificates.ts'
import { keyStore, trustStore } from '../../stores.ts'
import { aSchema, FaultyRegistry } from './faulty-registry.ts'
import { errorOf, newClient, type RegistryKeys } from './registry-client.ts'

const authority = createAuthority('authority')
const me = createIdentity('me', authority)

/** Serves only those who show a certificate of the authority when `asks`. */
function startRegistry(identity: Identity, asks = false): Promise<FaultyRegistry> {
  return FaultyRegistry.start(() =>
    createServer({
      cert: readFileSync(identity.cert),
      key: readFileSync(identity.key),
      ca: readFileSync(authority.cert),
      requestCert: asks,
      rejectUnauthorized: asks,
    }),
  )
}

let registry: FaultyRegistry

/** Asks once, and closes. */
async function ask(keys: RegistryKeys): Promise<string> {
  const client = newClient(registry.url.replace('http:', 'https:'), keys)
  try {
    return (await client.getSchema(1)).text
  } finally {
    client.close()
  }
}

describe('a registry with a certificate', () => {
  before(async () => {
    registry = await startRegistry(createIdentity('registry', authority, 'IP:127.0.0.1'))
  })
  after(() => registry.stop())

  it('is trusted when its authority is', async () => {
    assert.equal(await ask({ 'ssl.truststore.location': authority.cert }), '"string"')
    for (const type of ['JKS', 'PKCS12'] as const) {
      const location = trustStore(type, 'ca', [authority.cert])
      const keys = { 'ssl.truststore.location': location, 'ssl.truststore.type': type }
      assert.equal(await ask({ ...keys, 'ssl.truststore.password': STORE_PASSWORD }), '"string"')
    }
  })

  it('is trusted when its authority is one of several, given as text', async () => {
    const several = [createAuthority('another'), authority].map(({ cert }) =>
      readFileSync(cert, 'utf8'),
    )
    assert.equal(await ask({ 'ssl.truststore.certificates': several.join('\n') }), '"string"')
  })

  it('is not trusted otherwise, which is no reason to try again', async () => {
    const asked = registry.requests.length
    const started = performance.now()
    const keys = { 'max.retries': 5, 'retries.wait.ms': 1000 }
    const error = await errorOf(ask(keys))
    assert.equal(error.failure, 'unavailable')
    assert.match(error.message, /got no answer: self-signed certificate in certificate chain/)
    assert.ok(performance.now() - started < 1000)
    assert.equal(registry.requests.length, asked)
  })
})

describe('a registry with the certificate of another host', () => {
  before(async () => {
    registry = await startRegistry(createIdentity('elsewhere', authority, 'DNS:elsewhere.test'))
  })
  after(() => registry.stop())
  const trust = { 'ssl.truststore.location': authority.cert }

  it('is not trusted', async () => {
    const error = await errorOf(ask({ ...trust, 'max.retries': 5 }))
    assert.match(error.message, /Hostname\/IP does not match certificate's altnames/)
  })

  it('is trusted when nobody asks for the host', async () => {
    const keys = { ...trust, 'ssl.endpoint.identification.algorithm': '' }
    assert.equal(await ask(keys), '"string"')
  })
})

describe('a registry that asks for a certificate', () => {
  let shown: unknown
  before(async () => {
    const identity = createIdentity('asking', authority, 'IP:127.0.0.1')
    registry = await startRegistry(identity, true)
    registry.behaviour = (request, response) => {
      shown = (response.socket as TLSSocket).getPeerCertificate().subject.CN
      aSchema(request, response)
    }
  })
  after(() => registry.stop())
  afterEach(() => {
    shown = undefined
  })
  const trust = { 'ssl.truststore.location': authority.cert }

  const stores: [what: string, keys: () => RegistryKeys][] = [
    ['in a PEM file', () => ({ 'ssl.keystore.location': me.pem })],
    [
      'in an encrypted PEM file',
      () => ({
        'ssl.keystore.location': encryptedPem('encrypted', me),
        'ssl.key.password': STORE_PASSWORD,
      }),
    ],
    [
      'in a PKCS12 file',
      () => ({
        'ssl.keystore.location': pkcs12('me', me),
        'ssl.keystore.password': STORE_PASSWORD,
        'ssl.keystore.type': 'PKCS12',
      }),
    ],
    [
      'in a JKS file',
      () => ({
        'ssl.keystore.location': keyStore('JKS', 'me', me),
        'ssl.keystore.password': STORE_PASSWORD,
        'ssl.keystore.type': 'JKS',
      }),
    ],
    [
      'as text',
      () => ({
        'ssl.keystore.key': readFileSync(me.key, 'utf8'),
        'ssl.keystore.certificate.chain': readFileSync(me.cert, 'utf8'),
      }),
    ],
  ]
  for (const [what, keys] of stores) {
    it(`gets one that is ${what}`, async () => {
      assert.equal(await ask({ ...trust, ...keys() }), '"string"')
      assert.equal(shown, 'me')
    })
  }

  it('does not talk to those without', async () => {
    const error = await errorOf(ask(trust))
    assert.equal(error.failure, 'unavailable')
    assert.match(error.message, /got no answer/)
  })
})

describe('a store that cannot be used', () => {
  function faultsOf(keys: RegistryKeys): string {
    const settings = Object.entries({ url: 'https://registry', ...keys })
    const sets = settings.map(([key, value]) => `schema.registry.${key}=${value}`)
    const { config } = loadConfig({ sets: ['sluice.embedded=true', ...sets] })
    return loadRegistrySettings(config).faults.map(describeFault).join()
  }

  it('is told at start when its password is wrong', () => {
    const wrong = { 'ssl.keystore.password': 'wrong', 'ssl.key.password': 'wrong' }
    const p12 = faultsOf({ ...wrong, 'ssl.keystore.location': pkcs12('locked', me) })
    assert.match(p12, /keystore\.password = "\[hidden\]" .* expected the password of /)
    const pem = faultsOf({ ...wrong, 'ssl.keystore.location': encryptedPem('locked', me) })
    assert.match(pem, /key\.password = "\[hidden\]" .* expected the password of the encrypted/)
  })

  it('is told at start when the key is not that of the certificate', () => {
    const other = createIdentity('other', authority)
    const fault = faultsOf({
      'ssl.keystore.key': readFileSync(me.key, 'utf8'),
      'ssl.keystore.certificate.chain': readFileSync(other.cert, 'utf8'),
    })
    assert.match(
      fault,
      /expected a private key with its certificate: no certificate belongs to the key/,
    )
    assert.doesNotMatch(fault, /BEGIN/)
  })
})
