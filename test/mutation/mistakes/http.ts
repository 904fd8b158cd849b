/** Mistakes in what is received: heads, bodies, routes. */
import { mistakesIn } from '../mutant.ts'

export const HTTP_MISTAKES = [
  ...mistakesIn('src/http/dispatch.ts', [
    ['a closed dispatcher serves', '    if (this.#isClosed) {', '    if (false) {'],
    [
      'a request whose body came during the close is served',
      "      if (this.#isClosed) throw new RestError('STOPPING') // While the body arrived.\n",
      '',
    ],
    ['an exchange that is over still counts as running', '    this.#inFlight--\n', ''],
    [
      'a drain ends with any request',
      'if (this.#inFlight === 0) this.#onDrained?.()',
      'this.#onDrained?.()',
    ],
    ['a drain of nothing waits', '      if (this.#inFlight === 0) resolve()\n', ''],
    [
      'a rejection of a handler is nobody’s',
      '      (error: unknown) => this.onError(exchange, error),\n    )',
      '      () => {},\n    )',
    ],
    [
      'a stream that rejects is nobody’s',
      '    over?.catch((error: unknown) => this.onError(exchange, error))\n',
      '',
    ],
    [
      'a body of exactly the limit is refused by its head',
      'Number(exchange.contentLength) > use.maxBytes',
      'Number(exchange.contentLength) >= use.maxBytes',
    ],
    [
      'a body that is announced as too large is received',
      'if (Number(exchange.contentLength) > use.maxBytes) {',
      'if (false) {',
    ],
    [
      'the connection goes on behind a body that was refused',
      '    exchange.closeConnection = true\n    return refuse(exchange, bodyTooLarge',
      '    return refuse(exchange, bodyTooLarge',
    ],
    [
      'the connection goes on behind a head that was refused',
      '    this.#inFlight++\n    exchange.closeConnection = true\n',
      '    this.#inFlight++\n',
    ],
    [
      'a head that is too large is refused without its limit',
      "error.name === 'HEADERS_TOO_LARGE' ? this",
      'false ? this',
    ],
    [
      'a refused request is not counted',
      '    this.#inFlight++\n    exchange.closeConnection',
      '    exchange.closeConnection',
    ],
    ['JSON of any size is parsed on the loop', '...smaller(limit, ofLoop) }', '...limit }'],
    [
      'a route has the limit of the process instead of its own',
      'smaller(ofProcess, limitOf(route))',
      'ofProcess',
    ],
    [
      'a body that no route reads is kept',
      "return { kind: 'ignored', ...ofProcess }",
      "return { kind: 'bytes', ...ofProcess }",
    ],
    ['a handler has the services of no request', '    exchange.services = services\n', ''],
    [
      'a handler has no services after an asynchronous admission',
      '        exchange.services = admitted\n',
      '',
    ],
    [
      '405 has no Allow',
      'exchange.respondWithError(error, headers)',
      'exchange.respondWithError(error)',
    ],
    ['OPTIONS is not allowed', "if (exchange.method === 'OPTIONS') return", 'if (false) return'],
    [
      'every request has the dialect of the first API',
      '      exchange.dialect = match.target.api.dialect\n',
      '',
    ],
    ['a malformed Accept wants anything', 'if (wanted === undefined) return', 'if (false) return'],
    [
      'a defect is told to the client',
      'error instanceof RestError ? error : this',
      'error instanceof Error ? (error as RestError) : this',
    ],
    [
      'an aborted request is over without a word',
      '    this.#options.observer.onOver(exchange, aborted)\n',
      '',
    ],
  ]),
  ...mistakesIn('src/http/head.ts', [
    [
      'a malformed Content-Type is another type',
      "if (type.kind === 'malformed') {",
      'if (false) {',
    ],
    ['a range says what a body is', '!exchange.hasBody && includesAny', 'includesAny'],
    ['an error echoes all of a header', 'header.slice(0, SHOWN)', 'header'],
  ]),
  ...mistakesIn('src/http/headers.ts', [
    ['Close is no close', '[ \\t]*close[ \\t]*(?:,|$)/i', '[ \\t]*close[ \\t]*(?:,|$)/'],
  ]),
  ...mistakesIn('src/http/request-body.ts', [
    [
      'a body of exactly the limit is refused by its count',
      'this.#bytes > this.#use.maxBytes',
      'this.#bytes >= this.#use.maxBytes',
    ],
    [
      'a slow body is not refused',
      'if (this.#pace.isTooSlow(now)) this.refuse',
      'if (false) this.refuse',
    ],
    [
      'a paused body is too slow',
      'this.#pausedAt !== undefined || this.hasEnded ||',
      'this.hasEnded ||',
    ],
    [
      'the time in which the server does not read counts',
      '    this.#pace.extend(readWaitMs - this.#allowedWaitMs)\n',
      '',
    ],
    [
      'a body has the time in which the server does not read with each check',
      '    this.#allowedWaitMs = readWaitMs\n',
      '',
    ],
    [
      'a body has the time for which requests before it waited',
      '      this.#allowedWaitMs = this.#exchange.readWaitMs\n',
      '',
    ],
    [
      'the time of a pause counts',
      '    this.#pace?.postpone(performance.now() - this.#pausedAt)\n',
      '',
    ],
    [
      'a body that is held does not pause its connection',
      'this.#isFlowing || this.#pauseConnection()',
      'void 0',
    ],
    [
      'a body is handed over before its request is admitted',
      'isWhole && this.#onComplete && this',
      'isWhole && this',
    ],
    ['a body that ended while it was held is lost', 'this.hasEnded && this.#isFlowing', 'false'],
    [
      'a reader that pauses in the last piece gets the end',
      'this.hasEnded && this.#isFlowing',
      'this.hasEnded',
    ],
    ['held pieces are lost', '    this.#passHeldPieces()\n', ''],
    [
      'held pieces are kept',
      '    this.#dropCollector()\n    this.#reader.onPiece(held)',
      '    this.#reader.onPiece(held)',
    ],
    [
      'a body that is over keeps its memory',
      '    if (this.#isOver) return\n    this.#isOver = true\n    this.#release()\n',
      '    if (this.#isOver) return\n    this.#isOver = true\n',
    ],
    [
      'a body that is over is still received',
      '  receive(piece: ArrayBuffer, isLast: boolean): void {\n    if (this.#isOver) return\n',
      '  receive(piece: ArrayBuffer, isLast: boolean): void {\n',
    ],
    [
      'a body that is over is still checked',
      '    this.#dropCollector()\n    this.#leaveWatchdog()\n',
      '    this.#dropCollector()\n',
    ],
    [
      'a reader is not told that its body broke off',
      '    if (reader) this.#exchange.guard(() => reader.onAborted())\n',
      '',
    ],
    ['an ignored body is kept', "    if (this.#use.kind === 'ignored') return undefined\n", ''],
  ]),
  ...mistakesIn('src/http/upload-room.ts', [
    ['the fastest body is refused first', 'a.pace - b.pace', 'b.pace - a.pace'],
    ['bodies of the same pace are refused', 'pace < own', 'pace <= own'],
    ['the refused body is appended to', 'if (code !== NO_ROOM) break', 'if (false) break'],
    ['a body without room is taken', 'if (code === 0) return undefined', 'return undefined'],
    [
      'nothing is refused to make room',
      'code === NO_ROOM ? this.#slowerThan(body, now) : []',
      '[] as HoldingBody[]',
    ],
  ]),
  ...mistakesIn('src/http/server.ts', [
    [
      'a request is handled before it is admitted',
      '    if (pending === undefined) {',
      '    if (pending !== null) {',
    ],
    [
      'a request of a client that left is handled',
      '    if (exchange.isOver) return // The client left meanwhile.\n',
      '',
    ],
    [
      'a collected body is never freed',
      '      if (!(body instanceof ArrayBuffer)) body.release()\n',
      '',
    ],
    ['the last requests wait for rounds', '    this.#rounds.isUnlimited = true\n', ''],
    ['a body is received before it is invited', '    exchange.inviteBody()\n', ''],
  ]),
  ...mistakesIn('src/http/watchdog.ts', [
    ['nothing is checked', 'transfer.check(now, this.limits)', 'void now'],
  ]),
  ...mistakesIn('src/http/upload-pace.ts', [
    ['a body may take any time', ' || now > this.#end', ''],
    [
      'a fast start pays for a crawl',
      'Math.min(this.#deadline + earned * 1000, now + idleTimeoutMs)',
      'this.#deadline + earned * 1000',
    ],
    [
      'a trickle is fast enough',
      'Math.min(this.#deadline + earned * 1000, now + idleTimeoutMs)',
      'now + idleTimeoutMs',
    ],
    ['an empty piece buys time', '    if (bytes === 0) return\n', ''],
    ['a pace is kept for ever', 'Math.exp((this.#ratedAt - now) * DECAY_PER_MS)', '1'],
  ]),
  ...mistakesIn('src/http/body-text.ts', [
    [
      'malformed UTF-8 is taken',
      "new TextDecoder('utf-8', { fatal: true })",
      "new TextDecoder('utf-8')",
    ],
    [
      'a mark of UTF-32 is part of the text',
      "text.startsWith('\\uFEFF') ? text.slice(1) : text",
      'text',
    ],
    ['UTF-16 with a mark is UTF-8', '(bytes[0] ?? 0) < 0xfe', '(bytes[0] ?? 0) <= 0xff'],
  ]),
  ...mistakesIn('src/http/router.ts', [
    ['parameters win over literals', 'literal ? search', 'literal && !hasParameter(node) ? search'],
    [
      'HEAD is not found',
      "    if (target.method === 'GET') node.targets.set('HEAD', target)\n",
      '',
    ],
    ['a NUL ends a name', "decoded.includes('\\0') ? undefined : decoded", 'decoded'],
    [
      'empty segments are left out',
      'if (end === start) return MALFORMED',
      'if (end === start) return search(node, method, path, end + 1, params)',
    ],
    [
      'a path that begins like the base is below it',
      "if (base !== '' && path.length > base.length && path[base.length] !== '/') return UNKNOWN",
      '',
    ],
  ]),
  ...mistakesIn('src/api/v2/query.ts', [
    ['an empty parameter counts', "text === null || text === ''", 'text === null'],
    [
      'of repeated parameters the last counts',
      'parameters.get(name)',
      '(parameters.getAll(name).at(-1) ?? null)',
    ],
  ]),
  ...mistakesIn('src/api/java-integers.ts', [
    ['what is no number is none', "if (!LONG.test(text)) throw new RestError('NOT_FOUND')", ''],
  ]),
  ...mistakesIn('src/http/media-type.ts', [
    [
      'a type that is refused by name is taken',
      'if (fitting.some((range) => range.q === 0 && isConcrete(range))) return undefined',
      '',
    ],
    ['answers are remembered without end', '    if (known.size === limit) known.clear()\n', ''],
    ['long headers are remembered', '    if (header.length > MAX_MEMOIZED) return result\n', ''],
    ['any number of ranges is compared', ' && ranges.length < MAX_RANGES) {', ') {'],
    [
      'our order does not count',
      'best < 0 || isGreater(rank, bestRank)',
      'best < 0 || !isGreater(bestRank, rank)',
    ],
    ['a weight may be anything', '    if (!WEIGHT.test(value)) return undefined\n', ''],
  ]),
  ...mistakesIn('src/api/json-body.ts', [
    ['brackets in strings count', '    else if (code === QUOTE) at = endOfString(text, at)\n', ''],
    ['an escaped quote ends a string', 'end += code === BACKSLASH ? 2 : 1', 'end++'],
    [
      'unknown members are ignored',
      '  if (shape) return shape\n',
      '  if (shape || name) return shape ?? {}\n',
    ],
    [
      'a list may have any number of items',
      "  if (shape.maxItems !== undefined) refuseAbove(shape.maxItems, value.length, 'items', at)\n",
      '',
    ],
    ['a NUL is part of a text', "if (value.includes('\\0')) {", 'if (false) {'],
    ['half of a surrogate pair is part of a text', 'if (!value.isWellFormed()) {', 'if (false) {'],
    ['a text is as long as its characters', 'Buffer.byteLength(value)', 'value.length'],
    ['defaults are ignored', '    result[name] ??= shape.properties?.[name]?.default\n', ''],
    ['a number may be above its largest', 'Math.abs(number) > shape.maximum', 'number > 2 ** 53'],
    [
      'a list of exactly the limit is refused',
      'if (count <= limit) return',
      'if (count < limit) return',
    ],
    ['a null is a value', 'if (member !== null) result[name]', 'result[name]'],
  ]),
  ...mistakesIn('src/http/listeners.ts', [
    [
      'a port is shared by accident',
      'sharesPort ? DEFAULT_OPTIONS : this.#uws.LIBUS_LISTEN_EXCLUSIVE_PORT',
      'DEFAULT_OPTIONS',
    ],
    [
      'a failed start leaves sockets open',
      '    for (const listener of listeners) listener.close()\n    throw',
      '    throw',
    ],
    [
      'a stop takes new handshakes',
      '  for (const listener of listeners) listener.ignoreNewHandshakes()\n',
      '',
    ],
    ['a stop closes over handshakes', '  await sleep(HANDSHAKE_MS)\n', ''],
    [
      'a stop closes over connections that wait',
      'while (isWaiting() && performance.now() < end) await sleep(POLL_MS)',
      '',
    ],
    [
      'a stop waits for ever',
      'while (isWaiting() && performance.now() < end)',
      'while (isWaiting())',
    ],
    [
      'a drained server listens',
      'await sleep(POLL_MS)\n  for (const listener of listeners) listener.close()\n',
      'await sleep(POLL_MS)\n',
    ],
  ]),
]
