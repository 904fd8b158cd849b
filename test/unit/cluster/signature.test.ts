/** Signatures between processes: what they cover, and how long they are valid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Nonces } from '../../../src/cluster/nonces.ts'
import { hashOf, PeerSignature, VALID_MS } from '../../../src/cluster/signature.ts'

const REQUEST = {
  audience: 'http://n:1',
  method: 'GET',
  target: '/consumers/g/instances/i/records?timeout=1',
  client: {
    origin: 'https://proxy',
    address: '192.0.2.1',
    principal: 'älice',
    call: 'x',
    isRepeated: false,
  },
}
const BODY = Buffer.from('{"a":1}')

let now = 1_000_000_000_000
const signature = new PeerSignature('secret', () => now)
const verifier = () => new PeerSignature('secret', () => now)

test('a signed request is accepted', () => {
  const header = signature.sign(REQUEST, BODY)
  const peer = verifier()
  const { client } = REQUEST
  const { nonce, ...verified } = peer.verify(REQUEST, header) ?? {}
  assert.deepEqual(verified, { client, bodyHash: hashOf(BODY) })
  assert.ok(header.includes(`nonce=${nonce},`))
})

test('a signature covers each part of a request', () => {
  const header = signature.sign(REQUEST, BODY)
  for (const part of ['audience', 'method', 'target'] as const) {
    assert.equal(verifier().verify({ ...REQUEST, [part]: `${REQUEST[part]}x` }, header), undefined)
  }
  for (const part of ['time', 'nonce', 'client', 'body', 'mac']) {
    const changed = header.replace(new RegExp(`(?<=${part}=).`), (char) =>
      char === '1' ? '2' : '1',
    )
    assert.equal(verifier().verify(REQUEST, changed), undefined, part)
  }
  assert.notEqual(verifier().verify(REQUEST, header), undefined)
})

test('a signature needs the secret', () => {
  const other = new PeerSignature('another', () => now)
  assert.equal(verifier().verify(REQUEST, other.sign(REQUEST, BODY)), undefined)
  for (const header of [
    '',
    'Basic x',
    'Sluice-Peer ',
    signature.sign(REQUEST, BODY).slice(0, -1),
  ]) {
    assert.equal(verifier().verify(REQUEST, header), undefined)
  }
})

test('a signature expires, and none is valid in the future', () => {
  const header = signature.sign(REQUEST, BODY)
  now += VALID_MS + 1
  assert.equal(verifier().verify(REQUEST, header), undefined)
  now -= 2 * VALID_MS + 2
  assert.equal(verifier().verify(REQUEST, header), undefined)
  now += VALID_MS + 1
})

test('a random number is accepted once while its signature is valid, and is forgotten later', () => {
  const nonces = new Nonces(1000, () => now)
  assert.ok(nonces.accept('a'))
  assert.ok(!nonces.accept('a'))
  now += 999
  assert.ok(nonces.accept('b'))
  now += 999
  assert.ok(!nonces.accept('b'))
  now += 1001
  assert.ok(nonces.accept('a'))
})

test('a proof is that of one process, for one question', () => {
  const proof = signature.prove('nonce', 'http://n:1', 'http://proxy')
  assert.ok(signature.isProof(proof, 'nonce', 'http://n:1', 'http://proxy'))
  assert.ok(!signature.isProof(proof, 'other', 'http://n:1', 'http://proxy'))
  assert.ok(!signature.isProof(proof, 'nonce', 'http://n:2', 'http://proxy'))
  assert.ok(!signature.isProof(proof, 'nonce', 'http://n:1', 'http://elsewhere'))
  assert.ok(!signature.isProof('', 'nonce', 'http://n:1', 'http://proxy'))
})
