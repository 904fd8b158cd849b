/** A response that a worker decodes: chunks of frames become chunks of JSON. */
import type { RestError } from '../errors.ts'
import { mailbox, native } from '../kafka/native.ts'
import type { NextOffset, ResponseLimits } from '../serde/records/record-decoder.ts'
import type { RecordSink, RecordStream } from '../serde/records/record-stream.ts'
import type { Schemas } from '../serde/schemas.ts'
import { answerFailure } from './failed-job.ts'
import { ANSWERS, PARTS } from './protocol.ts'

/** The size of a chunk. */
const CHUNK_BYTES = 256 * 1024

/** The decoding pauses while so many chunks of JSON have no socket. */
const MAX_UNTAKEN = 2

/** See the top of this file. */
export class DecodeJob implements RecordSink {
  readonly #id: number
  readonly #onEnd: () => void
  readonly #stream: RecordStream
  #untaken = 0
  #resume: (() => void) | undefined
  #endsEarly = false
  #isOver = false

  /** @param onEnd called when no note about the job is of interest any more */
  constructor(id: number, schemas: Schemas, limits: ResponseLimits, onEnd: () => void) {
    this.#id = id
    this.#onEnd = onEnd
    this.#stream = schemas.decode(this, limits, (error) =>
      this.#end(() => answerFailure(id, error)),
    )
    this.#stream.source = {
      endAt: () => {
        this.#endsEarly = true
      },
    }
  }

  onFrames(chunk: number, bytes: number, isLast: boolean): void {
    const frames = mailbox.memory(chunk).subarray(0, bytes)
    const used = () => {
      if (!this.#isOver) native.tellCaller(this.#id, PARTS.framesUsed, 0, '')
    }
    if (isLast) this.#stream.finish(frames, () => {})
    else this.#stream.send(frames, used)
  }

  onTaken(): void {
    this.#untaken--
    this.#goOn()
  }

  /** Answers: from now on no memory of the job is used. */
  stop(): void {
    this.#stream.stop()
    this.#end(() => native.answerJob(this.#id, ANSWERS.done, 0, ''))
  }

  send(json: Uint8Array, taken: () => void, records: number, next: readonly NextOffset[]): void {
    this.#post(json, false, records, next)
    this.#resume = taken
    this.#goOn()
  }

  finish(json: Uint8Array, taken: () => void, records: number, next: readonly NextOffset[]): void {
    // For the stream the client has it all; the event loop knows when it really does.
    taken()
    this.#end(() => {
      this.#post(json, true, records, next)
      native.answerJob(this.#id, ANSWERS.done, 0, '')
    })
  }

  fail(error: RestError): void {
    this.#end(() => answerFailure(this.#id, error))
  }

  #goOn(): void {
    const resume = this.#resume
    if (!resume || this.#untaken >= MAX_UNTAKEN) return
    this.#resume = undefined
    resume()
  }

  #end(answer: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd()
    answer()
  }

  /** Sends JSON whose last record is whole. */
  #post(json: Uint8Array, isLast: boolean, records: number, next: readonly NextOffset[]): void {
    const chunks = Math.ceil(json.length / CHUNK_BYTES)
    native.tellCaller(this.#id, PARTS.positions, chunks, JSON.stringify(next))
    if (this.#endsEarly) native.tellCaller(this.#id, PARTS.endsEarly, 0, '')
    for (let index = 0; index < chunks; index++) {
      const piece = json.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
      const chunk = native.takeChunk()
      mailbox.memory(chunk).set(piece)
      const isEnd = index === chunks - 1
      native.sendChunk(this.#id, chunk, piece.length, isLast && isEnd, isEnd ? records : 0)
    }
    this.#untaken += chunks
  }
}
