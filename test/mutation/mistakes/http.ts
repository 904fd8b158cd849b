/** Mistakes in what is received: heads, bodies, routes. */
import { mistakesIn } from '../mutant.ts'

export const HTTP_MISTAKES = [
  ...mistakesIn('src/http/dispatch.ts', [
    ['a closed dispatcher serves', 'if (fault || this.#isClosed) {', 'if (fault) {'],
    [
      'a request whose body came during the close is served',
      "      if (this.#isClosed) throw new RestError('STOPPING') // While the body was coming.\n",
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
      `      this.#answer(exchange, await reply)
    } catch (error) {
      this.#answerError(exchange, error)`,
      `      this.#answer(exchange, await reply)
    } catch {`,
    ],
    [
      'a stream that rejects is nobody’s',
      '    over?.catch((error: unknown) => this.#answerError(exchange, error))\n',
      '',
    ],
    [
      'an error in a stream is a second answer',
      'if (stream) stream.fail(known)\n    else exchange',
      'exchange',
    ],
    [
      'a body of exactly the limit is refused by its head',
      'Number(exchange.contentLength) > wish.maxBytes',
      'Number(exchange.contentLength) >= wish.maxBytes',
    ],
    [
      'a body that is announced as too large is received',
      'if (Number(exchange.contentLength) > wish.maxBytes) {',
      'if (false) {',
    ],
    [
      'the connection goes on behind a body that was refused',
      '      exchange.closeConnection = true\n      exchange.respondWithError(bodyTooLarge',
      '      exchange.respondWithError(bodyTooLarge',
    ],
    [
      'the connection goes on behind a head that was refused',
      '    exchange.closeConnection = true\n    setImmediate',
      '    setImmediate',
    ],
    [
      'a refused head is answered at once',
      'setImmediate(() => exchange.respondWithError(error))',
      'exchange.respondWithError(error)',
    ],
    [
      'headers of exactly the limit are refused',
      'if (bytes <= limit) return undefined',
      'if (bytes < limit) return undefined',
    ],
    [
      'JSON of any size is parsed on the loop',
      ' && maxBodyBytes > MAX_JSON_BYTES) {',
      ' && maxBodyBytes > 2 ** 40) {',
    ],
    ['a body that nobody reads is kept', 'body ? createBody : () => FORGETFUL', 'createBody'],
    [
      '405 has no Allow',
      "new RestError('METHOD_NOT_ALLOWED'), headers)",
      "new RestError('METHOD_NOT_ALLOWED'))",
    ],
    ['OPTIONS is not allowed', "if (exchange.method === 'OPTIONS') {", 'if (false) {'],
    [
      'every request has the dialect of the first API',
      '      exchange.dialect = match.target.dialect\n',
      '',
    ],
    ['a malformed Accept wants anything', 'if (wanted === undefined) {', 'if (false) {'],
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
      'two lengths of one body are taken',
      'if (headers.framing > 1) {',
      'if (headers.framing > 2) {',
    ],
    ['two hosts are taken', 'if (headers.hosts > 1) {', 'if (headers.hosts > 2) {'],
    ['any host is taken', 'if (isAuthority(host)) return undefined', 'return undefined'],
    ['headers behind a body are taken', "if (trailer !== '') {", 'if (false) {'],
    [
      'an empty length is taken',
      'if (headers.framing === 1 && contentLength',
      'if (false && contentLength',
    ],
    [
      'CHUNKED is another coding',
      "transferEncoding.toLowerCase() !== 'chunked'",
      "transferEncoding !== 'chunked'",
    ],
    [
      'a malformed Content-Type is another type',
      "if (type.kind === 'malformed') {",
      'if (false) {',
    ],
    ['a range says what a body is', '!exchange.hasBody && includesAny', 'includesAny'],
    ['an error echoes all of a header', 'header.slice(0, SHOWN)', 'header'],
  ]),
  ...mistakesIn('src/http/headers.ts', [
    ['Transfer-Encoding does not count', "      case 'transfer-encoding':\n", ''],
    ['Close is no close', '[ \\t]*close[ \\t]*(?:,|$)/i', '[ \\t]*close[ \\t]*(?:,|$)/'],
    [
      '100-Continue is no expectation',
      '100-continue[ \\t]*(?:,|$)/i',
      '100-continue[ \\t]*(?:,|$)/',
    ],
    ['a body is invited twice in lower case', "value !== '100-continue' && CONTINUE", 'CONTINUE'],
    [
      'names of headers have no bytes',
      'name.length + value.length + FRAMING_BYTES',
      'value.length + FRAMING_BYTES',
    ],
    ['the last Connection header counts', 'facts.closes ||= CLOSE', 'facts.closes = CLOSE'],
  ]),
  ...mistakesIn('src/http/uploads.ts', [
    [
      'a body of exactly the limit is refused by its count',
      'upload.bytes > wish.maxBytes',
      'upload.bytes >= wish.maxBytes',
    ],
    ['a body may take any time', ' || now - startedAt > this.#limits.uploadTimeoutMs) {', ') {'],
    ['a slow body is not refused', 'pace.isTooSlow(now) || now', 'now'],
    ['a body that goes on is cut after ten seconds', '        exchange.keepAlive()\n', ''],
    ['the fastest body is refused first', 'a.share - b.share', 'b.share - a.share'],
    ['bodies of the same pace are refused', 'share < own', 'share <= own'],
    ['bodies that hold nothing are refused', 'bytes > 0 && collector !== FORGETFUL', 'bytes > 0'],
    ['the refused body is appended to', 'if (code !== NO_ROOM) break', 'if (false) break'],
    ['a body without room is taken', 'if (code === 0) return true', 'return true'],
    ['a body is taken twice', '    this.#uploads.delete(exchange)\n', ''],
    ['the connection goes on behind a refused upload', '  exchange.closeConnection = true\n', ''],
    [
      'nothing is refused to make room',
      'code === NO_ROOM ? this.#slowerThan(upload, now) : []',
      '[] as Exchange<Services>[]',
    ],
  ]),
  ...mistakesIn('src/http/upload-pace.ts', [
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
  ...mistakesIn('src/http/body.ts', [
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
    [
      'parameters win over literals',
      '  if (literal) return literal\n',
      '  if (literal && !node.parameter) return literal\n',
    ],
    [
      'HEAD is not found',
      "    if (target.method === 'GET') node.targets.set('HEAD', target)\n",
      '',
    ],
    ['a NUL ends a name', "decoded.includes('\\0') ? undefined : decoded", 'decoded'],
    [
      'empty segments are left out',
      "if (segment === '') return MALFORMED",
      "if (segment === '') return node",
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
    ['what is no number is none', "if (!LONG.test(text)) throw new RestError('NOT_FOUND')", ''],
  ]),
  ...mistakesIn('src/http/media-type.ts', [
    [
      'a type that is refused by name is taken',
      'if (fitting.some((range) => range.q === 0 && isConcrete(range))) return undefined',
      '',
    ],
    ['answers are remembered without end', '    if (known.size === limit) known.clear()\n', ''],
    ['long headers are remembered', '    if (header.length > MAX_REMEMBERED) return result\n', ''],
    ['any number of ranges is compared', ' && ranges.length < MAX_RANGES) {', ') {'],
    [
      'our order does not count',
      'best < 0 || isGreater(rank, bestRank)',
      'best < 0 || !isGreater(bestRank, rank)',
    ],
    ['a weight may be anything', '    if (!WEIGHT.test(value)) return undefined\n', ''],
  ]),
  ...mistakesIn('src/api/v2/json-body.ts', [
    ['brackets in strings count', '    if (code === QUOTE) at = endOfString(text, at)\n', ''],
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
    [
      'half of a surrogate pair is part of a text',
      'if (LONE_SURROGATE.test(value)) {',
      'if (false) {',
    ],
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
      'this.#uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (opened)',
      '0, (opened)',
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
