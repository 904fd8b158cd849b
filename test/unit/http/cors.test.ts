/** Cross-origin requests: which get which headers. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Cors, type CorsOptions } from '../../../src/http/cors.ts'
import { fakeRequest } from './fake-response.ts'

const ORIGIN = 'https://app.example.com'
const NOTHING = { origins: [], methods: [], headers: [], exposedHeaders: [] }

function cors(options: Partial<CorsOptions>): Cors {
  const made = Cors.of({ ...NOTHING, ...options })
  assert.ok(made)
  return made
}

/** The verdict with its lines as an object. */
function read(options: Partial<CorsOptions>, method: string, headers: Record<string, string>) {
  const verdict = cors(options).read(method, fakeRequest({ headers: Object.entries(headers) }))
  const lines = verdict.lines.split('\r\n').map((line) => line.split(/: (.*)/s).slice(0, 2))
  return { isPreflight: verdict.isPreflight, fields: Object.fromEntries(lines) }
}

const preflight = (method: string, headers = '', origin = ORIGIN) => ({
  origin,
  'access-control-request-method': method,
  ...(headers && { 'access-control-request-headers': headers }),
})

const VARY = { Vary: 'Origin' }
const ALLOWED = {
  ...VARY,
  'Access-Control-Allow-Origin': ORIGIN,
  'Access-Control-Allow-Credentials': 'true',
}

describe('CORS', () => {
  test('is off without origins', () => {
    assert.equal(Cors.of(NOTHING), undefined)
  })

  test('names the origin of a request, and never *', () => {
    for (const origins of [['*'], [ORIGIN], ['http://a', 'https://*.example.com']]) {
      const expected = { isPreflight: false, fields: ALLOWED }
      assert.deepEqual(read({ origins }, 'GET', { origin: ORIGIN }), expected)
    }
  })

  test('tells caches that the response depends on the origin, whoever asks', () => {
    const expected = { isPreflight: false, fields: VARY }
    assert.deepEqual(read({ origins: ['*'] }, 'GET', {}), expected)
    for (const origin of [
      'https://app.example.com.evil',
      'http://app.example.com',
      'https://appxexample.com',
      'null',
      '',
    ]) {
      assert.deepEqual(read({ origins: [ORIGIN] }, 'GET', { origin }), expected)
    }
    const origin = `https://${'a'.repeat(600)}`
    assert.deepEqual(read({ origins: ['*'] }, 'GET', { origin }), expected)
  })

  test('exposes headers', () => {
    const options = { origins: ['*'], exposedHeaders: ['X-Failed-Records', 'ETag'] }
    assert.deepEqual(read(options, 'POST', { origin: ORIGIN }).fields, {
      ...ALLOWED,
      'Access-Control-Expose-Headers': 'X-Failed-Records,ETag',
    })
  })

  test('answers a preflight request with what is allowed', () => {
    assert.deepEqual(read({ origins: ['*'] }, 'OPTIONS', preflight('POST', 'content-type')), {
      isPreflight: true,
      fields: {
        ...ALLOWED,
        'Access-Control-Allow-Methods': 'GET,POST,HEAD',
        'Access-Control-Allow-Headers': 'X-Requested-With,Content-Type,Accept,Origin',
        'Access-Control-Max-Age': '1800',
      },
    })
    const options = { origins: ['*'], methods: ['DELETE'], headers: ['*'] }
    const asked = preflight('DELETE', 'authorization, x-mine')
    assert.deepEqual(read(options, 'OPTIONS', asked).fields, {
      ...ALLOWED,
      'Access-Control-Allow-Methods': 'DELETE',
      'Access-Control-Allow-Headers': 'authorization, x-mine',
      'Access-Control-Max-Age': '1800',
    })
  })

  test('leaves a preflight request without permission when one of its parts is not allowed', () => {
    for (const asked of [
      preflight('DELETE'),
      preflight('POST', 'authorization'),
      preflight('POST', 'content-type,authorization'),
      preflight('POST', '', 'https://other.example'),
    ]) {
      const expected = { isPreflight: true, fields: VARY }
      assert.deepEqual(read({ origins: [ORIGIN] }, 'OPTIONS', asked), expected)
    }
    const asked = preflight('GET', 'a"b')
    assert.deepEqual(read({ origins: ['*'], headers: ['*'] }, 'OPTIONS', asked).fields, VARY)
  })

  test('takes OPTIONS without a requested method for a plain request', () => {
    const expected = { isPreflight: false, fields: ALLOWED }
    assert.deepEqual(read({ origins: ['*'] }, 'OPTIONS', { origin: ORIGIN }), expected)
  })
})
