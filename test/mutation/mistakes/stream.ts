/** Mistakes in what is sent: streams and exchanges. */
import { mistakesIn } from '../mutant.ts'

export const STREAM_MISTAKES = [
  ...mistakesIn('src/http/response-stream.ts', [
    [
      'a second piece does not wait for the socket',
      '      if (!this.#isTaken(res, piece)) return\n',
      '      this.#isTaken(res, piece)\n',
    ],
    [
      'a piece that waits is offered with each new one',
      'if (!this.#blocked) this.#pump()',
      'this.#pump()',
    ],
    [
      'a stalled reader is never seen',
      'return this.#blocked && now - this.#progressAt > timeoutMs',
      'return false',
    ],
    ['a reader that is served is stalled', 'return this.#blocked && now', 'return now'],
    [
      'a reader that makes progress is stalled',
      '    res.onWritable(() => {\n      this.#progressAt = performance.now()\n',
      '    res.onWritable(() => {\n',
    ],
    [
      'the time of a stall begins before it',
      '    this.#blocked = true\n    this.#progressAt = performance.now()\n',
      '    this.#blocked = true\n',
    ],
    [
      'a response that has begun is answered with an error',
      `    if (this.#started) {
      this.close()
      return false
    }`,
      '',
    ],
    [
      'the sender of a response is not told that an error has taken its place',
      'if (this.#answerWith(error)) this.#onAborted()',
      'this.#answerWith(error)',
    ],
    [
      'nobody is told that the client is gone',
      '    this.#encoder?.close()\n    this.#onAborted()\n',
      '    this.#encoder?.close()\n',
    ],
    [
      'a client that is gone is written to',
      '    this.#res = undefined\n    this.#encoder?.close()\n    this.#onAborted',
      '    this.#encoder?.close()\n    this.#onAborted',
    ],
    ['a client that leaves is told twice', '} else if (!this.#isAborted) {', '} else {'],
    [
      'an encoder goes on for nobody',
      '    this.#encoder?.close()\n    this.#onAborted',
      '    this.#onAborted',
    ],
    [
      'bytes that the kernel took at once are not counted',
      '      this.#count(piece, piece.bytes.length)\n',
      '',
    ],
    [
      'a piece begins again with each try',
      'const rest = bytes.subarray(piece.sent)',
      'const rest = bytes',
    ],
    [
      'a body of one piece is sent as chunks',
      'if (last && !this.#started && !this.#isFramed) this.#totalSize = bytes.length',
      'void 0',
    ],
    ['bytes that were sent are not counted', '    this.bytes += sent - piece.sent\n', ''],
    ['the end of a response is not told', '      this.#owner.onEnd()\n', ''],
    [
      'the response is over before its last piece is taken',
      '      piece.taken()\n      this.#owner.onEnd()',
      '      this.#owner.onEnd()\n      piece.taken()',
    ],
    ['a response that was cut counts as sent', '    if (isSent) {', '    if (isSent || true) {'],
    ['a response that was cut is never over', '      this.#owner.onCut()\n', ''],
    [
      'the last piece is taken when it was written',
      '      if (piece.last) this.#end(res)\n      else piece.taken()',
      '      if (piece.last) this.#end(res)\n      piece.taken()',
    ],
  ]),
  ...mistakesIn('src/http/exchange.ts', [
    ['Connection: close is ignored', '    this.closeConnection = asksToClose(head[10])\n', ''],
    [
      'a stream does not say that its connection ends',
      "        if (isAnnounced) res.writeHeader('Connection', 'close')\n",
      '',
    ],
    [
      'a stream ends its connection although its head did not say so',
      'const isLast = () => isAnnounced ||',
      'const isLast = () => isAnnounced || this.#endsConnection ||',
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
      "requestId !== '' && SAFE_ID.test(requestId) ? requestId : nextId()",
      'nextId()',
    ],
    [
      'any request id is written',
      "requestId !== '' && SAFE_ID.test(requestId)",
      "requestId !== ''",
    ],
    ['Retry-After is left out', "[...headers, ['Retry-After', String(retry)]]", 'headers'],
    ['a large body is sent at once', 'bytes > LARGE_BYTES', 'bytes > 1e12'],
    ['HEAD has a body', "if (this.method === 'HEAD') res.end", 'if (false) res.end'],
    [
      'HEAD has no length',
      'res.endWithoutBody(this.bytes, this.#isLast)',
      'res.endWithoutBody(undefined, this.#isLast)',
    ],
    ['a large HEAD is a stream', " && this.method !== 'HEAD' &&", ' &&'],
    ['the log has no bytes of streams', '      this.bytes = stream.bytes\n', ''],
    ['an abort is not told to the stream', '    stream?.abort()\n', ''],
    ['an abort counts as an answer', '    this.#finish(true)\n', '    this.#finish(false)\n'],
    [
      'a body is invited that nobody holds back',
      'if (this.#awaitsInvitation) this',
      'if (true) this',
    ],
    ['a body is never invited', 'if (this.#awaitsInvitation) this', 'if (false) this'],
    [
      'a malformed body is not refused',
      'body.refuse(errorOfRefusal(status, reason))',
      'void errorOfRefusal(status, reason)',
    ],
    [
      'an error has no type',
      'contentType: this.dialect.typeOfError(error, this)',
      "contentType: ''",
    ],
    ['a reader is not watched', '    this.#owner.watchdog.add(this.#stream)\n', ''],
    [
      'a reader is watched for ever',
      '    if (this.#stream) this.#owner.watchdog.delete(this.#stream)\n',
      '',
    ],
    [
      'a stream that an error replaces is watched for ever',
      '        this.#dropStream()\n        this.respondWithError(error)',
      '        this.#stream = undefined\n        this.respondWithError(error)',
    ],
    [
      'an error in a stream is a second answer',
      'if (this.#stream) this.#stream.cut(error)\n    else this',
      'this',
    ],
    [
      'an answered request leaves its connection paused',
      '    this.resume() // The connection may bring another request.\n',
      '',
    ],
    [
      'the rest of a refused body is a request',
      'return this.#body?.hasEnded === false',
      'return false',
    ],
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
  ...mistakesIn('src/api/v3/record-exchange.ts', [
    [
      'a client is read from while the engine is full',
      'if (this.#isFull || this.#wait ||',
      'if (this.#wait ||',
    ],
    [
      'a client above its rate is read from',
      'this.#isFull || this.#wait || this.#isEnded',
      'this.#isFull || this.#isEnded',
    ],
    [
      'answers are not told to be taken',
      '() => this.#follow(this.#stream.taken(count))',
      '() => {}',
    ],
    [
      'pieces behind the end are pushed',
      '    if (this.#isEnded) return\n    this.#checkAge()',
      '    this.#checkAge()',
    ],
    ['a stream of any age goes on', 'performance.now() - this.#startedAt <= maxDurationMs', 'true'],
    [
      'a stream that is too old goes on after the first record',
      "() => this.#cut(NO_ERROR, ''), graceMs",
      '() => {}, graceMs',
    ],
    ['a stop refuses the records of new streams', 'if (sparedMs > 0) this', 'if (false) this'],
    [
      'a client whose login has ended goes on',
      '          this.#cut(code, message)\n',
      '          void [code, message]\n',
    ],
  ]),
  ...mistakesIn('src/api/v3/open-streams.ts', [
    ['a stop leaves streams open', '    for (const stream of this.#open) stream.stop()\n', ''],
  ]),
]
