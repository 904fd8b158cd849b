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

/** JSON on its way to the event loop. Its memory is the stream's until the stream goes on. */
interface Outgoing {
  readonly json: Uint8Array
  readonly records: number
  readonly isLast: boolean
  /** The number of bytes that were sent. */
  sent: number
}

/** See the top of this file. */
export class DecodeJob implements RecordSink {
  readonly #id: number
  readonly #onEnd: () => void
  readonly #stream: RecordStream
  /** Chunks that no socket has taken. */
  #untaken = 0
  #outgoing: Outgoing | undefined
  #resume: (() => void) | undefined
  #endsEarly = false
  #isOver = false

  /** @param onEnd called when no note about the job is of interest any more */
  constructor(id: number, schemas: Schemas, limits: ResponseLimits, onEnd: () => void) {
    this.#id = id
    this.#onEnd = onEnd
    this.#stream = schemas.decode(this, limits, (error) => this.#fail(error), id)
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
    this.#resume = taken
    this.#begin({ json, records, isLast: false, sent: 0 }, next)
  }

  finish(json: Uint8Array, taken: () => void, records: number, next: readonly NextOffset[]): void {
    // For the stream the client has it all; the event loop knows when it really does.
    taken()
    this.#begin({ json, records, isLast: true, sent: 0 }, next)
  }

  fail(error: RestError): void {
    this.#fail(error)
  }

  #fail(error: unknown): void {
    this.#end(() => answerFailure(this.#id, error))
  }

  /** Sends JSON whose last record is whole, as fast as sockets take it. */
  #begin(outgoing: Outgoing, next: readonly NextOffset[]): void {
    const chunks = Math.ceil(outgoing.json.length / CHUNK_BYTES)
    native.tellCaller(this.#id, PARTS.positions, chunks, JSON.stringify(next))
    if (this.#endsEarly) native.tellCaller(this.#id, PARTS.endsEarly, 0, '')
    this.#outgoing = outgoing
    this.#goOn()
  }

  #goOn(): void {
    if (this.#isOver) return
    try {
      this.#sendChunks()
    } catch (error) {
      // The system has no memory.
      this.#stream.stop()
      this.#fail(error)
      return
    }
    const resume = this.#resume
    if (!resume || this.#outgoing || this.#untaken >= MAX_UNTAKEN) return
    this.#resume = undefined
    resume()
  }

  #sendChunks(): void {
    const outgoing = this.#outgoing
    while (outgoing && outgoing.sent < outgoing.json.length && this.#untaken < MAX_UNTAKEN) {
      this.#sendChunk(outgoing)
    }
    if (outgoing?.sent !== outgoing?.json.length) return
    this.#outgoing = undefined
    if (outgoing?.isLast) this.#end(() => native.answerJob(this.#id, ANSWERS.done, 0, ''))
  }

  #sendChunk(outgoing: Outgoing): void {
    const { json, records, isLast } = outgoing
    const piece = json.subarray(outgoing.sent, outgoing.sent + CHUNK_BYTES)
    const chunk = native.takeChunk()
    mailbox.memory(chunk).set(piece)
    outgoing.sent += piece.length
    const isEnd = outgoing.sent === json.length
    native.sendChunk(this.#id, chunk, piece.length, isLast && isEnd, isEnd ? records : 0)
    this.#untaken++
  }

  #end(answer: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#outgoing = undefined
    this.#onEnd()
    answer()
  }
}
