/**
 * A read of records with schemas on its event loop: frames go from the engine to a worker, and JSON from the worker to the
 * response, at the pace of the client.
 *
 * A chunk of frames goes back to the engine when the worker does not need it any more. A worker that has two chunks of JSON
 * without a socket stops; so do then the rendering of frames and the fetching of records.
 */
import { RestError } from '../errors.ts'
import type { ReadSink } from '../kafka/consumer.ts'
import { native, type Reply } from '../kafka/native.ts'
import type { NextOffset } from '../serde/records/record-decoder.ts'
import {
  type Blame,
  failureOf,
  type Job,
  MAX_ATTEMPTS,
  noWorker,
  tooMuchWork,
  type WorkerPool,
} from './pool.ts'
import { Positions } from './positions.ts'
import { JOBS, NOTES, PARTS } from './protocol.ts'
import { routeOfFrames } from './route.ts'

/** The read; kafka/consumer.ts documents the methods. */
export interface FrameSource {
  endAt(next: readonly NextOffset[]): void
  abandon(): void
}

/** A chunk of frames that the engine lends. */
interface Frames {
  readonly chunk: number
  readonly bytes: number
  readonly isLast: boolean
  readonly taken: () => void
}

const CLOSING = Buffer.from(']')

const SEEK = 'Seek past the record, or raise the limits.'

/** The sink of a read, and the job that decodes it. */
export class DecodedRead implements Job {
  readonly kind = JOBS.decode
  readonly text: string
  route = 0
  readonly #pool: WorkerPool
  readonly #sink: ReadSink
  readonly #onDefect: (error: Error) => void
  #source: FrameSource | undefined
  /** Whether the job was given to the pool, and is not over. */
  #isPosted = false
  /** Whether a worker may use the memory of the frames. */
  #isAtWork = false
  /** Lent by the engine, the oldest first. */
  readonly #frames: Frames[] = []
  /** Chunks of JSON that the sink has. */
  readonly #json = new Set<number>()
  readonly #positions = new Positions()
  #hasSent = false
  /** Whether the worker has used up a chunk of frames, so that no other one can begin anew. */
  #hasGivenBack = false
  #attempts = 0
  /** Whether it was posted alone. */
  #wasSuspected = false
  #endsEarly = false
  /** Nothing more is sent. */
  #isOver = false
  /** Done when no worker uses the memory of the frames. */
  #onFree: (() => void) | undefined

  /**
   * @param text that of the job
   * @param onDefect receives an unexpected error once; the caller then fails the response
   */
  constructor(pool: WorkerPool, sink: ReadSink, text: string, onDefect: (error: Error) => void) {
    this.#pool = pool
    this.#sink = sink
    this.text = text
    this.#onDefect = onDefect
  }

  /** Sets the read, before its first chunk arrives. */
  set source(source: FrameSource) {
    this.#source = source
  }

  send(bytes: Uint8Array, taken: () => void, _records?: number, chunk?: number): void {
    this.#add({ chunk: chunk as number, bytes: bytes.length, isLast: false, taken }, bytes)
  }

  finish(bytes: Uint8Array, taken: () => void, records?: number, chunk?: number): void {
    // A read without records has no chunk.
    if (chunk === undefined) this.#sink.finish(bytes, taken, records)
    else this.#add({ chunk, bytes: bytes.length, isLast: true, taken }, bytes)
  }

  /** The engine ends the read with an error, and sends no more frames. */
  fail(error: RestError): void {
    if (this.#isOver) return
    this.#endThen(() => {
      for (const { taken } of this.#frames) taken()
    })
    this.#sink.fail(error)
  }

  /** The client has left. The records go back to the instance. */
  abandon(): void {
    for (const chunk of this.#json) native.releaseChunk(chunk)
    this.#json.clear()
    this.#endThen(() => this.#source?.abandon())
  }

  onPosted(): void {
    this.#isAtWork = true
    if (this.#isOver) this.#pool.tell(this, NOTES.stop)
    else for (const frames of this.#frames) this.#tell(frames)
  }

  onChunk(chunk: number, memory: Uint8Array, isLast: boolean, records: number): void {
    if (this.#isOver) {
      native.releaseChunk(chunk)
      return
    }
    this.#positions.onChunk()
    this.#hasSent = true
    this.#json.add(chunk)
    if (isLast) {
      this.#isOver = true
      this.#sink.finish(memory, () => this.#onDelivered(chunk), records)
    } else {
      this.#sink.send(memory, () => this.#onTaken(chunk), records)
    }
  }

  onPart(kind: number, text: Uint8Array, count: number): void {
    if (kind === PARTS.framesUsed) this.#giveOldestBack()
    else if (kind === PARTS.positions) this.#positions.stage(text, count)
    else this.#endsEarly = true
  }

  onReply(reply: Reply): void {
    this.#onFreed()
    // The first record cannot be sent.
    const failure = failureOf(reply)
    if (failure) this.#failWith(failure)
  }

  onError(error: RestError): void {
    throw error // Workers send replies.
  }

  onWorkerEnded(blame: Blame, worker: number): void {
    this.#onFreed()
    if (this.#isOver) return
    const isUntouched = !this.#hasSent && !this.#hasGivenBack
    if (isUntouched && this.#mayTryAgain(blame)) this.#postAgain(blame, worker)
    else if (this.#hasSent && this.#positions.isWhole) this.#endHere()
    else this.#failWith(blame === 'none' ? noWorker() : tooMuchWork(SEEK))
  }

  #mayTryAgain(blame: Blame): boolean {
    if (blame === 'none') return this.#attempts < MAX_ATTEMPTS
    return blame === 'suspected' && !this.#wasSuspected
  }

  #postAgain(blame: Blame, worker: number): void {
    if (blame === 'none') {
      this.#post()
      return
    }
    this.#wasSuspected = true
    this.#begin()
    this.#pool.postAlone(this, worker)
  }

  #add(frames: Frames, bytes: Uint8Array): void {
    this.#frames.push(frames)
    if (this.#isAtWork) this.#tell(frames)
    if (this.#isPosted || this.#isOver) return
    this.route = routeOfFrames(bytes)
    this.#post()
  }

  #post(): void {
    this.#begin()
    this.#pool.post(this, this.#attempts)
  }

  #begin(): void {
    this.#attempts++
    this.#endsEarly = false
    this.#isPosted = true
  }

  #tell({ chunk, bytes, isLast }: Frames): void {
    this.#pool.tell(this, NOTES.frames, chunk, bytes, isLast ? 1 : 0)
  }

  #giveOldestBack(): void {
    this.#hasGivenBack = true
    this.#frames.shift()?.taken()
  }

  #onTaken(chunk: number): void {
    this.#release(chunk)
    this.#pool.tell(this, NOTES.taken)
  }

  /** The client has the whole response. */
  #onDelivered(chunk: number): void {
    this.#release(chunk)
    this.#whenFree(() => {
      if (this.#endsEarly) this.#source?.endAt(this.#positions.all())
      else for (const { taken } of this.#frames) taken()
    })
  }

  #release(chunk: number): void {
    if (this.#json.delete(chunk)) native.releaseChunk(chunk)
  }

  /** Ends the response behind the last record that it has. The next read begins there. */
  #endHere(): void {
    this.#isOver = true
    this.#sink.finish(CLOSING, () => this.#source?.endAt(this.#positions.all()), 0)
  }

  #failWith(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    if (error instanceof RestError) this.#sink.fail(error)
    else this.#onDefect(error)
    // Unless the response had begun: its client is cut, which abandons the read.
    if (!this.#hasSent) this.#source?.endAt([])
  }

  #endThen(done: () => void): void {
    if (!this.#isOver) this.#pool.tell(this, NOTES.stop)
    this.#isOver = true
    this.#whenFree(done)
  }

  #whenFree(done: () => void): void {
    if (this.#isAtWork) this.#onFree = done
    else done()
  }

  /** No worker uses the memory of the frames, or none any more. */
  #onFreed(): void {
    this.#pool.end(this)
    this.#isPosted = false
    this.#isAtWork = false
    const onFree = this.#onFree
    this.#onFree = undefined
    onFree?.()
  }
}
