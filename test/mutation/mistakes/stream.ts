/** Mistakes in what is sent: streams and exchanges. */
import { mistakesIn } from '../mutant.ts'

export const STREAM_MISTAKES = [
  ...mistakesIn('src/http/response-stream.ts', [
    [
      'no tail of the last piece is held back',
      'return Math.min(left - HELD_BYTES, most)',
      'return Math.min(left, most)',
    ],
    [
      'the last piece is taken when it was written',
      'piece.sent === bytes.length && !this.#blocked) this',
      'piece.sent === bytes.length) this',
    ],
    ['a second piece does not wait for the socket', '      if (this.#blocked) return\n', ''],
    [
      'a stalled reader is never seen',
      'return this.#blocked && now - this.#progressAt > timeoutMs',
      'return false',
    ],
    ['a reader that is served is stalled', 'return this.#blocked && now', 'return now'],
    [
      'a reader that makes progress is stalled',
      '    this.#progressAt = performance.now()\n    if (!this.#whole)',
      '    if (!this.#whole)',
    ],
    [
      'the time of a stall begins before it',
      '    if (this.#blocked && !wasBlocked) this.#progressAt = performance.now()\n',
      '',
    ],
    [
      'a response that has begun is answered with an error',
      `    if (this.#started) {
      this.close()
      return
    }`,
      '',
    ],
    [
      'a slow reader is cut after ten seconds',
      'else if (this.#started && this.#res) this.#owner.keepAlive()',
      'else void 0',
    ],
    ['nobody is told that the client is gone', '    this.#onAborted()\n', ''],
    [
      'a client that is gone is written to',
      '    this.#res = undefined\n    this.#onAborted',
      '    this.#onAborted',
    ],
    [
      'the buffer is not emptied before more is written',
      '      res.cork(() => {}) // Rule 3.',
      '//',
    ],
    [
      'more than a probe is written to a full buffer',
      'this.#blocked ? PROBE_BYTES : SLICE_BYTES',
      'SLICE_BYTES',
    ],
    [
      'a body of one piece begins again with each try',
      'this.#offer(res, piece, offset, end)',
      'this.#offer(res, piece, 0, end)',
    ],
    [
      'a body of one piece is sent as chunks',
      'this.#whole = !this.#started && this.#pieces.length === 0',
      'this.#whole = false',
    ],
    ['bytes that were sent are not counted', '    this.bytes += slice.length\n', ''],
    ['bytes of a body of one piece are not counted', '    this.bytes += length\n', ''],
    ['a write does not fit the cork buffer', 'SLICE_BYTES = 15 * 1024', 'SLICE_BYTES = 256 * 1024'],
    [
      'a reader that keeps up waits for the end of each piece',
      '    this.#pump()\n    this.#keepUp()\n',
      '    this.#pump()\n',
    ],
    ['the end of a response is not told', '    this.#owner.onEnd()\n', ''],
    [
      'the response is over before its last piece is taken',
      '    piece.taken()\n    this.#owner.onEnd()',
      '    this.#owner.onEnd()\n    piece.taken()',
    ],
  ]),
  ...mistakesIn('src/http/exchange.ts', [
    ['Connection: close is ignored', '    this.closeConnection = this.headers.closes\n', ''],
    [
      'a stream does not say that its connection ends',
      "        if (this.#isLast) res.writeHeader('Connection', 'close')\n",
      '',
    ],
    [
      'a stop keeps connections',
      'return this.closeConnection || this.#owner.isClosing',
      'return this.closeConnection',
    ],
    [
      'a refused body keeps its connection',
      'return this.closeConnection || this.#owner.isClosing',
      'return this.#owner.isClosing',
    ],
    [
      "the client's request id is left out",
      "id !== '' && SAFE_ID.test(id) ? id : ID_PREFIX",
      'ID_PREFIX',
    ],
    ['any request id is written', "id !== '' && SAFE_ID.test(id)", "id !== ''"],
    ['Retry-After is left out', "[...headers, ['Retry-After', String(retry)]]", 'headers'],
    ['a large body is sent at once', 'body.length > LARGE_BYTES', 'body.length > 1e12'],
    ['HEAD has a body', "if (this.method !== 'HEAD') res.end", 'if (true) res.end'],
    ['HEAD has no length', "      res.writeHeader('Content-Length', String(this.bytes))\n", ''],
    ['a large HEAD is a stream', " && this.method !== 'HEAD') {", ') {'],
    ['the log has no bytes of streams', '      this.bytes = stream.bytes\n', ''],
    ['an abort is not told to the stream', '    stream?.abort()\n', ''],
    ['an abort counts as an answer', '    this.#finish(true)\n', '    this.#finish(false)\n'],
    ['a body is invited twice', '!res || !this.headers.awaitsInvitation', '!res'],
    ['a body is never invited', '!res || !this.headers.awaitsInvitation', '!res || true'],
    [
      'an invited request has two status lines',
      'if (!this.#isInvited) res.writeStatus(status)',
      'res.writeStatus(status)',
    ],
    [
      'an error has no type',
      'contentType: this.dialect.typeOfError(error, this)',
      "contentType: ''",
    ],
    ['a reader is not watched', '    this.#owner.watchdog.add(this.#stream)\n', ''],
    ['a reader is watched for ever', '      this.#owner.watchdog.delete(stream)\n', ''],
    [
      'an error in a stream is a second answer',
      'if (this.#stream) this.#stream.fail(error)\n    else this',
      'this',
    ],
    [
      'an answered request leaves its connection paused',
      '    this.resume() // The connection may bring another request.\n',
      '',
    ],
    ['a kept connection is paused for good', 'if (!this.#isPaused) this.#res?.resume()', 'void 0'],
    [
      'a kept connection is read though it is paused',
      'if (!this.#isPaused) this.#res?.resume()',
      'this.#res?.resume()',
    ],
    ['the rest of a refused body is a request', ' || this.#body?.hasEnded === false', ''],
    ['204 has a type', ' && reply.status !== 204) res', ') res'],
    ['the error code is not logged', '    this.errorCode = error.code\n', ''],
    ['what a handler wants logged is not', '    this.logged = reply.logged\n', ''],
    [
      'headers of a reply are left out',
      '    for (const [name, value] of reply.headers ?? []) res.writeHeader(name, value)\n',
      '',
    ],
    [
      'a body of length 0 is waited for',
      "(this.contentLength !== '' && this.contentLength !== '0')",
      "this.contentLength !== ''",
    ],
    [
      'an answer is given twice',
      'if (!res || this.#stream) return\n    this.#body',
      'if (!res) return\n    this.#body',
    ],
  ]),
]
