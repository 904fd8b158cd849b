/** What an https listener offers and refuses, as OpenSSL's own client sees it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { STORE_PASSWORD } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { generateKey, keytool, storePath } from '../../stores.ts'

const DEADLINE_MS = 120_000
/** The client offers what it would not by default. */
const ANYTHING = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'

// A store with several keys, as operators of the original have them.
const store = storePath('listener.jks')
generateKey(store, 'JKS', 'former')
generateKey(store, 'JKS', 'current', '-ext', 'san=dns:rest.example,ip:127.0.0.1')
const authority = storePath('current.pem')
const opened = ['-keystore', store, '-storepass', STORE_PASSWORD]
keytool('-exportcert', '-rfc', '-alias', 'current', '-file', authority, ...opened)

const [plain, port] = (await freePorts(2)) as [number, number]
const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  // Each event loop has tickets of its own.
  'sluice.http.threads': '1',
  listeners: `http://127.0.0.1:${plain},https://127.0.0.1:${port}`,
  'ssl.keystore.location': store,
  'ssl.keystore.password': STORE_PASSWORD,
  'sluice.ssl.keystore.alias': 'current',
  'listener.name.https.sni.host.check.enabled': 'true',
})
after(() => sluice.stop())

interface Seen {
  readonly isConnected: boolean
  readonly text: string
}

/** Connects, sends `input`, and returns what the client prints. */
function connect(options: readonly string[], input = ''): Seen {
  const trust = ['-CAfile', authority, '-verify_return_error']
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, ...trust, ...options]
  const { stdout, stderr, error } = spawnSync('openssl', args, {
    input,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  })
  if (error) throw error
  const text = stdout + stderr
  return { isConnected: /Cipher is (?!\(NONE\))/.test(text), text }
}

/** A request with the host; the client waits for the end of the connection. */
function ask(host: string, ...options: string[]): Seen {
  return connect(
    ['-ign_eof', ...options],
    `GET /healthy HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
}

describe('an https listener', () => {
  for (const [option, version] of [
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ] as const) {
    test(`speaks ${version}, with a certificate that is verified, and without compression`, () => {
      const { isConnected, text } = connect([option, '-comp', '-servername', 'rest.example'])
      assert.ok(isConnected, text)
      assert.match(text, new RegExp(`New, ${version.replace('.', '\\.')}, Cipher is`))
      assert.match(text, /Verify return code: 0 \(ok\)/)
      assert.match(text, /subject=CN ?= ?current/)
      assert.match(text, /Compression: NONE/)
    })

    test(`resumes sessions of ${version}`, () => {
      const session = storePath(`${version}.session`)
      const first = ask('rest.example', option, '-sess_out', session)
      assert.match(first.text, /HTTP\/1\.1 200/)
      assert.ok(existsSync(session))
      assert.match(ask('rest.example', option, '-sess_in', session).text, /Reused, TLSv1/)
    })
  }

  for (const version of ['-tls1', '-tls1_1']) {
    test(`refuses ${version}`, () => {
      const { isConnected, text } = connect([version, '-cipher', ANYTHING])
      assert.equal(isConnected, false, text)
    })
  }

  for (const suites of ['aNULL', 'eNULL', 'EXPORT', 'RC4', '3DES', 'DES', 'MD5', 'PSK', 'SRP']) {
    test(`refuses the cipher suites ${suites}`, (t) => {
      const listed = spawnSync('openssl', ['ciphers', `${suites}:@SECLEVEL=0`], {
        encoding: 'utf8',
      })
      if (listed.status !== 0) {
        t.skip('the client has none of them')
        return
      }
      const { isConnected, text } = connect(['-tls1_2', '-cipher', `${suites}:@SECLEVEL=0`])
      assert.equal(isConnected, false, text)
    })
  }

  test('renegotiates securely in name, and not at all in fact', () => {
    const { text } = connect(['-tls1_2'], 'R\n')
    assert.match(text, /Secure Renegotiation IS supported/)
    assert.match(text, /RENEGOTIATING/)
    assert.match(text, /no renegotiation/)
  })

  test('speaks http/1.1 by ALPN, and refuses a client that speaks something else only', () => {
    assert.match(connect(['-alpn', 'h2,http/1.1']).text, /ALPN protocol: http\/1\.1/)
    const other = connect(['-alpn', 'h2'])
    assert.match(other.text, /no application protocol/)
    assert.match(connect([]).text, /No ALPN negotiated/)
  })

  test('notices a downgrade', () => {
    const { isConnected, text } = connect(['-tls1_2', '-fallback_scsv'])
    assert.equal(isConnected, false, text)
    assert.match(text, /inappropriate fallback/)
  })

  test('takes no early data, which could be replayed', () => {
    const { text } = ask('rest.example', '-tls1_3')
    assert.match(text, /Max Early Data: 0/)
    assert.doesNotMatch(text, /Max Early Data: [1-9]/)
  })
})

describe('sni.host.check.enabled', () => {
  test('serves requests for the hosts of the certificate, whatever the server name is', () => {
    for (const host of ['rest.example', `REST.example:${port}`, `127.0.0.1:${port}`]) {
      assert.match(ask(host, '-noservername').text, /HTTP\/1\.1 200/, host)
      assert.match(ask(host, '-servername', 'other.example').text, /HTTP\/1\.1 200/, host)
    }
  })

  test('answers 400 to requests for another host, with the reason', () => {
    for (const host of ['other.example', '127.0.0.2', 'rest.example.other']) {
      const { text } = ask(host, '-servername', 'rest.example')
      assert.match(text, /HTTP\/1\.1 400/, host)
      assert.match(text, /Invalid SNI: .*sni\.host\.check\.enabled/)
    }
  })

  test('does not concern a plain listener', async () => {
    assert.equal((await fetch(`http://127.0.0.1:${plain}/healthy`)).status, 200)
  })
})
