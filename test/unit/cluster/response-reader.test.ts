/** Responses of other processes: the same parts wherever their bytes are cut, and no other forms. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyReaderOf, HeadReader } from '../../../src/cluster/response-reader.ts'

/** Reads a response in two pieces; undefined as long as it has not ended. */
function read(response: string, cut: number, isHead = false) {
  const reader = new HeadReader()
  let body: ReturnType<typeof bodyReaderOf> | undefined
  let status = 0
  let text = ''
  let ends = 0
  const onPiece = (piece: Buffer, isLast: boolean) => {
    text += piece.toString('latin1')
    if (isLast) ends++
  }
  for (const piece of [response.slice(0, cut), response.slice(cut)]) {
    let bytes = Buffer.from(piece, 'latin1')
    if (!body) {
      const found = reader.read(bytes)
      if (!found) continue
      status = found.head.status
      body = bodyReaderOf(found.head, isHead)
      bytes = Buffer.from(found.rest)
    }
    if (ends === 0 || bytes.length > 0) body.read(bytes, onPiece)
  }
  return ends === 1 ? { status, text } : undefined
}

function readAtEachCut(response: string, isHead = false) {
  return Array.from(response, (_, cut) => read(response, cut, isHead))
}

test('a body with a length, a body in chunks, and no body are read at each cut', () => {
  const chunks = `${'a'.repeat(16)}\r\n1A\r\n${'b'.repeat(26)}\r\n0\r\n\r\n`
  const cases = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345', { status: 200, text: '12345' }],
    [
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n${chunks}`,
      { status: 200, text: 'a'.repeat(16) + 'b'.repeat(26) },
    ],
    ['HTTP/1.1 204 No Content\r\nA: b\r\n\r\n', { status: 204, text: '' }],
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', { status: 404, text: '' }],
  ] as const
  for (const [response, expected] of cases) {
    for (const found of readAtEachCut(response)) assert.deepEqual(found, expected)
  }
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
  for (const found of readAtEachCut(head, true)) assert.deepEqual(found, { status: 200, text: '' })
})

test('a response that is cut has no end', () => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  assert.equal(read(`${head}3\r\nabc\r\n0\r\n`, 1), undefined)
  assert.equal(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234', 1), undefined)
})

test('other forms are refused', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  for (const response of [
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n12',
    'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n1',
    'HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\n1',
    `${chunked}3;a=b\r\nabcdefghijkl`,
    `${chunked}003\r\nabcdefghijkl`,
    `${chunked}3\r\nabcd\r\n0\r\n\r\n         `,
    `${chunked}0\r\n\r\nHTTP/1.1`,
    `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(5000)}`,
  ]) {
    assert.throws(() => read(response, 3), /malformed response/, response.slice(0, 80))
  }
})
