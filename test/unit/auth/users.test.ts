/** Files of users: Sluice's own and Jetty's, with all of their forms of passwords. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashPassword, parsePasswordHash } from '../../../src/auth/password-hash.ts'
import { parseJettyUsers, parseUsersFile, type Users } from '../../../src/auth/users.ts'
import { ValueFault } from '../../../src/config/index.ts'

async function rolesOf(users: Users, name: string, password: string) {
  return (await users.find(name, password))?.roles
}

/** In the form of htpasswd. */
const BCRYPT = '$2y$05$wZmeSmYZZE7gJrXJ8uXMhO5IFXFSnFcKYdWgKlQcrNwKjSQkQqWOa'
const SCRYPT = await hashPassword('secret')

test('a file of users has names, hashes and roles', async () => {
  const users = parseUsersFile(
    Buffer.from(`# staff\n\nalice:${SCRYPT}:admin, dev\r\nbob:${SCRYPT}\n`),
  )
  assert.deepEqual(await rolesOf(users, 'alice', 'secret'), ['admin', 'dev'])
  assert.deepEqual(await rolesOf(users, 'bob', 'secret'), [])
  assert.equal(await rolesOf(users, 'alice', 'Secret'), undefined)
  assert.equal(await rolesOf(users, 'eve', 'secret'), undefined)
})

test('hashes of scrypt, bcrypt and argon2 match their passwords only', async () => {
  const { hash } = await import('@node-rs/bcrypt')
  const argon2 = await import('@node-rs/argon2')
  const bcrypt = await hash('secret', 5)
  const hashes = [SCRYPT, bcrypt, bcrypt.replace('$2b$', '$2y$'), await argon2.hash('secret')]
  for (const text of hashes) {
    assert.equal(await parsePasswordHash(text).matches('secret'), true, text)
    assert.equal(await parsePasswordHash(text).matches('secret '), false, text)
  }
})

test('the scrypt of RFC 7914 is that of the file', async () => {
  // RFC 7914, 12: password "pleaseletmein", salt "SodiumChloride", N 16384, r 8, p 1; the first 32 of its bytes.
  const key = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex')
  const [salt, digest] = [Buffer.from('SodiumChloride'), key].map((bytes) =>
    bytes.toString('base64').replace(/=+$/, ''),
  )
  const hash = parsePasswordHash(`$scrypt$ln=14,r=8,p=1$${salt}$${digest}`)
  assert.equal(await hash.matches('pleaseletmein'), true)
})

test('a fault names its line, and nothing of a password', () => {
  const faults: [string, RegExp][] = [
    [`alice:${SCRYPT}\nbob:plain-password`, /in line 2$/],
    ['plain-password', /in line 1$/],
    [`alice:${SCRYPT}\nalice:${SCRYPT}`, /each name once in line 2$/],
    ['', /at least one user/],
    [`alice:${BCRYPT.replace('$05$', '$31$')}`, /cost of bcrypt/],
    [`alice:${SCRYPT.replace('ln=14', 'ln=30')}`, /costs of scrypt/],
  ]
  for (const [text, message] of faults) {
    assert.throws(
      () => parseUsersFile(Buffer.from(text)),
      (error: Error) =>
        error instanceof ValueFault &&
        message.test(error.message) &&
        !error.message.includes('plain-password') &&
        !error.message.includes(SCRYPT),
      text,
    )
  }
})

test("Jetty's file has plain, obfuscated, MD5 and crypt passwords", async () => {
  const users = parseJettyUsers(
    Buffer.from(`
# The forms of passwords of Jetty
plain: pass:word,user , admin
obf = OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4,user
md5: MD5:5ebe2294ecd0e0f08eab7690d2a6ee69,user
crypt: CRYPT:abNANd1rDfiNc,user
none: x
`),
  )
  assert.deepEqual(await rolesOf(users, 'plain', 'pass:word'), ['user', 'admin'])
  assert.deepEqual(await rolesOf(users, 'obf', 'storepwd'), ['user'])
  assert.deepEqual(await rolesOf(users, 'md5', 'secret'), ['user'])
  assert.deepEqual(await rolesOf(users, 'crypt', 'secret'), ['user'])
  assert.deepEqual(await rolesOf(users, 'none', 'x'), [])
  for (const name of ['plain', 'obf', 'md5', 'crypt', 'none']) {
    assert.equal(await rolesOf(users, name, 'wrong'), undefined, name)
  }
})

test("the last line of a name counts in Jetty's file, and two are refused in Sluice's", async () => {
  const users = parseJettyUsers(Buffer.from('alice: first,user\nalice: second,admin\n'))
  assert.equal(await rolesOf(users, 'alice', 'first'), undefined)
  assert.deepEqual(await rolesOf(users, 'alice', 'second'), ['admin'])
  assert.throws(() => parseUsersFile(Buffer.from(`alice:${SCRYPT}\nalice:${SCRYPT}\n`)), ValueFault)
})

test('text of users is refused with a fault or read, and never crashes', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .tuple(fc.string(), fc.constantFrom('OBF:', 'MD5:', 'CRYPT:', ''), fc.string())
      .map(([name, form, rest]) => `${name}: ${form}${rest}`),
    fc.string().map((rest) => `alice:$scrypt$${rest}`),
    fc.string().map((rest) => `alice:${SCRYPT}${rest}`),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 5 }), async (lines) => {
      for (const parse of [parseUsersFile, parseJettyUsers]) {
        try {
          parse(Buffer.from(lines.join('\n'))).get('alice')
        } catch (error) {
          assert.ok(error instanceof ValueFault, String(error))
        }
      }
    }),
    { numRuns: 500 },
  )
})
