/**
 * Requests of strangers over sockets, with mutants in the headers that identify a client, and mutants of compressed bodies: none gets a
 * 5xx, none keeps the process busy. `FUZZ_MUTANTS=100000 FUZZ_SEED=2` makes more of them.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { SignJWT } from 'jose'
import { hashPassword } from '../../../src/auth/password-hash.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { mutantsOf } from '../../fuzz/mutants.ts'
import { JSON_V2 } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'

const MUTANTS = Number(process.env['FUZZ_MUTANTS'] ?? 150)
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const PASSWORD = 'wonderland of the fuzzer'

const folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const token = await new SignJWT({ sub: 'alice', groups: ['role'] })
  .setProtectedHeader({ alg: 'EdDSA' })
  .setExpirationTime('1h')
  .sign(privateKey)
const basic = Buffer.from(`alice:${PASSWORD}`).toString('base64')

const ports = (await freePorts(3)) as [number, number, number]
const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.http.threads': '2',
  listeners: `http://127.0.0.1:${ports[0]},logins://127.0.0.1:${ports[1]},proxied://127.0.0.1:${ports[2]}`,
  'listener.protocol.map': 'logins:http,proxied:http',
  'listener.name.logins.authentication.method': 'BASIC,BEARER',
  'listener.name.proxied.proxy.protocol.enabled': 'true',
  'sluice.auth.users.file': file('users', `alice:${await hashPassword(PASSWORD)}:role\n`),
  'public.key.path': file('key.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  'sluice.trusted.proxies': '127.0.0.1',
  'sluice.trusted.proxies.certificate.header': 'X-Forwarded-Client-Cert',
  'sluice.access.rules': file('rules', 'deny principal:mallory\nallow *\n'),
  'csrf.prevention.enable': 'true',
})
after(() => sluice.stop())
const [plain, logins, proxied] = ports

async function send(port: number, ...pieces: (string | Buffer)[]): Promise<number | undefined> {
  const connection = await RawConnection.open(`http://127.0.0.1:${port}`)
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)))
  await connection.send(bytes)
  // What is a part of a request only must not wait for more.
  connection.socket.end()
  const response = await connection.response()
  connection.close()
  return response?.status
}

/** Sends each mutant, counts the statuses, and fails with the first 5xx. */
async function sendMutants(
  seeds: readonly (string | Buffer)[],
  sendOne: (mutant: Buffer) => Promise<number | undefined>,
): Promise<void> {
  const bytes = seeds.map((seed) => Buffer.from(seed as string))
  for (const mutant of [...bytes, ...mutantsOf(bytes, MUTANTS, SEED)]) {
    const status = await sendOne(mutant)
    // 501 is a method that is none, when a mutant begins another request.
    const isFine = status === undefined || status < 500 || status === 501
    assert.ok(isFine, `${status} for ${JSON.stringify(mutant.toString('latin1'))}`)
  }
  assert.equal(sluice.ending, undefined)
  assert.equal((await fetch(`${sluice.url}/healthy`)).status, 200)
}

const headOf = (name: string, value: Buffer) => [
  `GET /topics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${name}: `,
  value,
  '\r\n\r\n',
]

describe('mutants', { timeout: 900_000 }, () => {
  test('of credentials', async () => {
    assert.equal(await send(logins, ...headOf('Authorization', Buffer.from(`Basic ${basic}`))), 200)
    assert.equal(
      await send(logins, ...headOf('Authorization', Buffer.from(`Bearer ${token}`))),
      200,
    )
    await sendMutants([`Basic ${basic}`, `Bearer ${token}`], (mutant) =>
      send(logins, ...headOf('Authorization', mutant)),
    )
    // Whoever guesses is slowed down; a user that has logged in from this address is not.
    assert.equal(await send(logins, ...headOf('Authorization', Buffer.from(`Basic ${basic}`))), 200)
  })

  test('of certificates and addresses in headers of proxies', async () => {
    await sendMutants(
      ['By=a;Hash=1;Subject="CN=orders,O=Example";URI=', 'Subject=CN=x'],
      (mutant) => send(plain, ...headOf('X-Forwarded-Client-Cert', mutant)),
    )
    await sendMutants(['for=192.0.2.60;proto=http, for="[2001:db8::17]:4711"'], (mutant) =>
      send(plain, ...headOf('Forwarded', mutant)),
    )
  })

  test('of tokens against forgery', async () => {
    const issued = await fetch(`${sluice.url}/csrf`, { headers: { 'x-requested-by': 's' } })
    const known = issued.headers.get('x-confluent-csrf-token') ?? ''
    const post = (mutant: Buffer) =>
      send(
        plain,
        'POST /consumers/g HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n' +
          'X-Requested-By: s\r\nX-Requested-With: ',
        mutant,
        '\r\n\r\n',
      )
    assert.equal(await post(Buffer.from(known)), 200)
    await sendMutants([known], post)
  })

  test('of headers of the PROXY protocol', async () => {
    const seeds = [
      'PROXY TCP4 192.0.2.1 10.0.0.1 4660 8080\r\n',
      'PROXY TCP6 2001:db8::7 ::1 4660 8080\r\n',
      'PROXY UNKNOWN\r\n',
      Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002010a00000112341f90', 'hex'),
      Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'),
    ]
    await sendMutants(seeds, (mutant) =>
      send(proxied, mutant, 'GET /topics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    )
  })

  test('of compressed bodies', async () => {
    const issued = await fetch(`${sluice.url}/csrf`, { headers: { 'x-requested-by': 's' } })
    const known = issued.headers.get('x-confluent-csrf-token') ?? ''
    const body = JSON.stringify({ records: [{ value: 'x'.repeat(2000) }, { value: [1, 2, 3] }] })
    for (const [coding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      const post = (mutant: Buffer) =>
        send(
          plain,
          `POST /topics/fuzzed HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_V2}\r\nConnection: close\r\n` +
            `X-Requested-By: s\r\nX-Requested-With: ${known}\r\nContent-Encoding: ${coding}\r\n` +
            `Content-Length: ${mutant.length}\r\n\r\n`,
          mutant,
        )
      assert.equal(await post(compress(body)), 200)
      await sendMutants([compress(body)], post)
    }
  })
})
