/**
 * Mistakes that somebody could make, each with the test files that have to notice. Those of the first
 * table once survived every test. A key of the configuration has a mutant, too: one that ignores it.
 */
import { KEYS } from '../../src/config/index.ts'
import { KEY_TESTS } from './key-tests.ts'

/** One mistake. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** A text that is in the file exactly once. */
  readonly from: string
  readonly to: string
  /** Test files, of which one has to fail. */
  readonly tests: readonly string[]
}

const READ_TEST = 'test/unit/kafka/read.test.ts'
const STREAM_TEST = 'test/unit/http/response-stream.test.ts'
const DISPATCH_TEST = 'test/unit/http/dispatch.test.ts'

const MISTAKES: readonly Mutant[] = [
  {
    name: 'max_bytes may exceed consumer.request.max.bytes',
    file: 'src/api/v2/consumer-records.ts',
    from: 'max_bytes > 0 ? Math.min(max_bytes, maxReadBytes) : maxReadBytes',
    to: 'max_bytes > 0 ? max_bytes : maxReadBytes',
    tests: ['test/integration/settings/reads.test.ts'],
  },
  {
    name: 'a read is delivered at hand-over',
    file: 'src/kafka/consumer.ts',
    from: `      this.#sink.finish(memory, () => {
        this.#giveBack(chunk)
        this.#end(true)
      })`,
    to: `      this.#sink.finish(memory, () => {
        this.#giveBack(chunk)
      })
      this.#end(true)`,
    tests: [READ_TEST],
  },
  {
    name: 'an abandoned read counts as delivered',
    file: 'src/kafka/consumer.ts',
    from: `  abandon(): void {
    this.#end(false)`,
    to: `  abandon(): void {
    this.#end(true)`,
    tests: [READ_TEST],
  },
  {
    name: 'a chunk that comes behind an abandoned read is kept',
    file: 'src/kafka/consumer.ts',
    from: `    if (this.#isOver) {
      this.#giveBack(chunk)
    } else if (last) {`,
    to: `    if (this.#isOver) {
      return
    } else if (last) {`,
    tests: [READ_TEST],
  },
  {
    name: 'an error is told to a client that has left',
    file: 'src/kafka/consumer.ts',
    from: 'if (!this.#isOver) this.#sink.fail(error)',
    to: 'this.#sink.fail(error)',
    tests: [READ_TEST],
  },
  {
    name: 'no tail of the last piece is held back',
    file: 'src/http/response-stream.ts',
    from: 'return piece.last && left > TAIL_BYTES ? left - TAIL_BYTES : left',
    to: 'return left',
    tests: [STREAM_TEST],
  },
  {
    name: 'the last piece is taken when it was written',
    file: 'src/http/response-stream.ts',
    from: 'if (this.#blocked && (piece.last || left > 0)) return false',
    to: 'if (this.#blocked && left > 0) return false',
    tests: [STREAM_TEST],
  },
  {
    name: 'a second piece does not wait for the socket',
    file: 'src/http/response-stream.ts',
    from: '      if (this.#blocked) return\n',
    to: '',
    tests: [STREAM_TEST],
  },
  {
    name: 'a stalled reader is never seen',
    file: 'src/http/response-stream.ts',
    from: 'return this.#blocked && now - this.#progressAt > timeoutMs',
    to: 'return false',
    tests: [STREAM_TEST],
  },
  {
    name: 'a response that has begun is answered with an error',
    file: 'src/http/response-stream.ts',
    from: `    if (this.#started) {
      this.close()
      return
    }`,
    to: '',
    tests: [STREAM_TEST],
  },
  {
    name: 'a closed dispatcher serves',
    file: 'src/http/dispatch.ts',
    from: 'if (fault || this.#isClosed) {',
    to: 'if (fault) {',
    tests: [DISPATCH_TEST],
  },
  {
    name: 'two lengths of one body are taken',
    file: 'src/http/head.ts',
    from: 'if (headers.framing > 1) {',
    to: 'if (headers.framing > 2) {',
    tests: [DISPATCH_TEST],
  },
  {
    name: 'an exchange that is over still counts as running',
    file: 'src/http/dispatch.ts',
    from: '    this.#inFlight--\n',
    to: '',
    tests: [DISPATCH_TEST],
  },
  {
    name: 'a rejection of a handler is nobody’s',
    file: 'src/http/dispatch.ts',
    from: `      this.#answer(exchange, await reply)
    } catch (error) {
      this.#answerError(exchange, error)`,
    to: `      this.#answer(exchange, await reply)
    } catch {`,
    tests: [DISPATCH_TEST],
  },
]

const LOAD = 'src/config/load.ts'

/** A mutant for each supported key: its default holds, whatever is set. */
const IGNORED_KEYS: readonly Mutant[] = [...KEYS]
  .filter(([, row]) => row.support === 'supported')
  .map(([key]) => ({
    name: `${key} is ignored`,
    file: LOAD,
    from: 'values[key] = findings.tryRead(settings.at(-1), row.parse) ?? row.default',
    to: `values[key] = key === '${key}' ? row.default : findings.tryRead(settings.at(-1), row.parse) ?? row.default`,
    tests: KEY_TESTS[key] ?? [],
  }))

/** All mutants. */
export const MUTANTS: readonly Mutant[] = [...MISTAKES, ...IGNORED_KEYS]
