/**
 * The readers of what strangers and operators write: no text ends in another error than those that they announce. Mutants come
 * from a seed; `FUZZ_MUTANTS=100000 FUZZ_SEED=2` makes more of them.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { SignJWT } from 'jose'
import { AccessRulesError, parseRules } from '../../src/access/rules.ts'
import { CsrfTokens } from '../../src/api/csrf.ts'
import { ROUTES } from '../../src/api/routes.ts'
import { parseBasic } from '../../src/auth/passwords.ts'
import { parsePublicKey, Tokens } from '../../src/auth/tokens.ts'
import { parseJettyUsers, parseUsersFile } from '../../src/auth/users.ts'
import {
  loadConfig,
  parseJaas,
  parseJaasFile,
  parseLimits,
  parseProperties,
  principalMapping,
  ValueFault,
} from '../../src/config/index.ts'
import { RestError } from '../../src/errors.ts'
import { subjectReader } from '../../src/http/forwarded-certificate.ts'
import type { RawRequest } from '../../src/http/headers.ts'
import { HostNames } from '../../src/http/host-names.ts'
import { TrustedProxies } from '../../src/http/trusted-proxies.ts'
import { readKeyStore, readTrustStore, StoreError } from '../../src/tls/stores.ts'
import { createAuthority, createIdentity, pkcs12, STORE_PASSWORD } from '../certificates.ts'
import { mutantsOf } from '../fuzz/mutants.ts'
import { generateKey, storePath } from '../stores.ts'

const MUTANTS = Number(process.env['FUZZ_MUTANTS'] ?? 500)
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
/** Opening a store derives keys from a password, many times. */
const STORE_SHARE = 10
const HANG_MS = 600_000

const folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'))
after(() => rmSync(folder, { recursive: true }))

type Class = abstract new (...args: never[]) => Error

/** Reads mutants. Other errors than `expected` ones fail the test, with the mutant. */
function readMutants(
  seeds: readonly (string | Buffer)[],
  read: (mutant: Buffer) => unknown,
  expected: readonly Class[],
  count = MUTANTS,
): void {
  const bytes = seeds.map((seed) => Buffer.from(seed as string))
  for (const mutant of [...bytes, ...mutantsOf(bytes, count, SEED)]) {
    try {
      read(mutant)
    } catch (error) {
      if (expected.some((known) => error instanceof known)) continue
      assert.fail(`${JSON.stringify(mutant.toString('latin1'))}: ${(error as Error).stack}`)
    }
  }
}

function headOf(fields: readonly (readonly [string, string])[]): RawRequest {
  return {
    getHead: () => ['', '', '', '', '', '', '', '', '', '', '', '', '', '', 0],
    getHeader: (wanted) => fields.find(([name]) => name === wanted)?.[1] ?? '',
    forEach: (visit) => {
      for (const [name, value] of fields) visit(name, value)
    },
  }
}

const JAAS = [
  'KafkaClient {\n  org.example.PlainLoginModule required username="alice" password="a\\"b";\n};\n',
  '/* users */ KafkaRest { // realm\n org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required\n debug="true" file="/a b/users"; };',
  'A { x.Y sufficient; z.W optional k=v; };\nB { };',
]
const PROPERTIES = [
  'alice: OBF:1v2j1uum1xtv1zej1zer1xtn1uvk1v1v,admin\nbob=MD5:5f4dcc3b5aa765d61d8327deb882cf99, user\n',
  '# text\n! text\nkey\\ with\\:space = value \\\n  continued \\u00e9\\n\ncarol CRYPT:adpexzg3FUZAk,role\nempty\n',
]
const USERS = [
  'alice:$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy:admin,user\n# text\n',
  'bob:$scrypt$ln=14,r=8,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g\n',
  'carol:$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b3dWRWJTmaaJObG\n',
]
const RULES = [
  'allow * from:10.1.0.0/16\n# text\ndeny  * topic:secret-*\n',
  'allow principal:alice,"CN=billing, O=\\"Example\\"" endpoint:api.v2.topics.* topic:orders-*\n',
  'allow group:readers consumer-group:r-* method:GET,POST from:2001:db8::/32,192.0.2.7\n',
]

describe('files of operators', { timeout: HANG_MS }, () => {
  test('JAAS', () => {
    readMutants(JAAS, (mutant) => parseJaasFile(mutant.toString()), [ValueFault])
    readMutants(JAAS, (mutant) => parseJaas(mutant.toString()), [ValueFault])
  })

  test('properties', () => {
    // A malformed escape, as in Java.
    readMutants(PROPERTIES, parseProperties, [SyntaxError])
  })

  test('users', () => {
    readMutants(USERS, parseUsersFile, [ValueFault])
    readMutants(PROPERTIES, parseJettyUsers, [ValueFault])
  })

  test('rules of access, limits, and rules of principals', () => {
    const endpoints = ROUTES.flatMap(({ resource }) => resource?.names ?? [])
    readMutants(RULES, (mutant) => parseRules(mutant.toString(), endpoints), [AccessRulesError])
    const limits =
      'principal:"a, b" 5 requests/s burst 7,topic 9 bytes/s,address:2001:db8::1 1 bytes/s'
    readMutants([limits], (mutant) => parseLimits(mutant.toString()), [ValueFault])
    const principals = 'RULE:^CN=([^,]+).*$/$1@x/L, RULE:^a\\/b$/\\$1/U,DEFAULT'
    const map = (mutant: Buffer) => principalMapping(mutant.toString())('CN=alice,O=Example')
    readMutants([principals], map, [ValueFault])
  })

  test('key stores and trust stores', () => {
    const authority = createAuthority('authority')
    const identity = createIdentity('identity', authority)
    const jks = storePath('fuzzed.jks')
    generateKey(jks, 'JKS', 'one')
    const seeds = [jks, pkcs12('fuzzed', identity), identity.pem].map((path) => readFileSync(path))
    const location = join(folder, 'store')
    const options = { location, password: STORE_PASSWORD }
    for (const read of [readKeyStore, readTrustStore]) {
      const open = (mutant: Buffer) => {
        writeFileSync(location, mutant)
        read(options)
      }
      readMutants(seeds, open, [StoreError], MUTANTS / STORE_SHARE)
    }
  })

  test('public keys', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    readMutants([pem], parsePublicKey, [ValueFault])
  })
})

describe('headers of strangers', { timeout: HANG_MS }, () => {
  test('Basic credentials', () => {
    const seeds = ['alice:wonderland', ':', 'a:b:c'].map((text) =>
      Buffer.from(text).toString('base64'),
    )
    readMutants(seeds, (mutant) => parseBasic(mutant.toString('latin1')), [])
  })

  test('tokens, of which no mutant is valid', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const token = await new SignJWT({ sub: 'alice', groups: ['a'] })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setExpirationTime('1h')
      .sign(privateKey)
    const rules = { issuer: '', audiences: [], nameClaim: 'sub', groupsClaim: 'groups' }
    const key = { key: publicKey, algorithms: ['EdDSA', 'Ed25519'] }
    const tokens = new Tokens(rules, { find: undefined, ownKey: () => key })
    assert.equal((await tokens.check(token)).kind, 'accepted')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`
    const signed = new Set(token.split('.').slice(0, 2))
    for (const mutant of mutantsOf([Buffer.from(token), Buffer.from(none)], MUTANTS, SEED)) {
      const text = mutant.toString('latin1')
      const { kind } = await tokens.check(text)
      // The last letter of a signature may have bits that mean nothing.
      const isSame = text
        .split('.')
        .slice(0, 2)
        .every((part) => signed.has(part))
      assert.ok(kind === 'refused' || isSame, text)
    }
  })

  test('certificates in headers of proxies', () => {
    const elements = [
      'By=spiffe://a;Hash=468e;Subject="CN=orders,O=Example";URI=,By=b;Subject=CN=x',
      'Subject="CN=a\\"b"',
    ]
    for (const header of ['x-forwarded-client-cert', 'x-subject']) {
      const read = subjectReader(header)
      readMutants(elements, (mutant) => read(headOf([[header, mutant.toString('latin1')]])), [])
    }
  })

  test('addresses in headers of proxies', () => {
    const proxies = TrustedProxies.of(['10.0.0.0/8', '::1'])
    const seeds = [
      'for=192.0.2.60;proto=http;by=203.0.113.43, for="[2001:db8::17]:4711";host="a\\"b"',
      '192.0.2.1, 10.0.0.1, [::1]:80',
      'https, http',
    ]
    const read = (mutant: Buffer) => {
      const value = mutant.toString('latin1')
      for (const name of [
        'forwarded',
        'x-forwarded-for',
        'x-forwarded-proto',
        'x-forwarded-host',
      ]) {
        proxies?.read('10.0.0.1', headOf([[name, value]]))
      }
    }
    readMutants(seeds, read, [])
  })

  test('hosts, and tokens against forgery', () => {
    const certificate = readFileSync(
      createIdentity('host', createAuthority('hosts'), 'DNS:a.b').cert,
      'utf8',
    )
    const names = new HostNames(certificate)
    readMutants(
      ['a.b:8082', '[::1]:1', 'A.B.'],
      (mutant) => names.includes(mutant.toString('latin1')),
      [],
    )
    const { config } = loadConfig({ sets: ['bootstrap.servers=a:1'] })
    const tokens = new CsrfTokens(config, new Uint8Array(32))
    const caller = { method: 'POST', principal: undefined, requestedBy: 's', requestedWith: '' }
    const check = (mutant: Buffer) => {
      tokens.check({ ...caller, requestedWith: mutant.toString('latin1') })
    }
    readMutants([tokens.issue(caller)], check, [RestError])
  })
})
