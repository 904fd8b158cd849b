/**
 * Connects a read of records with schemas to its response, at the pace of the client.
 *
 * A piece of frames goes back to the engine when the socket has taken its JSON. JavaScript therefore holds only the
 * pieces that the engine lends, and one buffer of JSON.
 *
 * A record that cannot be decoded ends the response before it. The next read begins with this record and fails with
 * its error.
 */
import { RestError } from '../../errors.ts'
import type { Turns } from '../limits/turns.ts'
import { FrameReader } from './frames.ts'
import type { NeededSchema, NextOffset, RecordDecoder } from './record-decoder.ts'

/**
 * The response; kafka/consumer.ts documents the methods. `next` has the positions behind the records of a piece, of the
 * partitions that it has records of.
 */
export interface RecordSink {
  send(bytes: Uint8Array, taken: () => void, records: number, next: readonly NextOffset[]): void
  finish(bytes: Uint8Array, taken: () => void, records: number, next: readonly NextOffset[]): void
  fail(error: RestError): void
}

/** The read; kafka/consumer.ts documents the method. */
export interface FrameSource {
  endAt(next: readonly NextOffset[]): void
}

interface Piece {
  readonly bytes: Uint8Array
  readonly last: boolean
  readonly taken: () => void
}

/** The sink of a read. It writes the decoded records to a response. */
export class RecordStream {
  readonly #sink: RecordSink
  readonly #decoder: RecordDecoder
  readonly #turns: Turns
  readonly #frames = new FrameReader()
  readonly #pieces: Piece[] = []
  readonly #onDefect: (error: unknown) => void
  #source: FrameSource | undefined
  #isRunning = false
  #isOver = false

  /** @param onDefect receives an unexpected error once; the caller then fails the response */
  constructor(
    sink: RecordSink,
    decoder: RecordDecoder,
    turns: Turns,
    onDefect: (error: unknown) => void,
  ) {
    this.#sink = sink
    this.#decoder = decoder
    this.#turns = turns
    this.#onDefect = onDefect
  }

  /** Sets the read, before its first piece arrives. */
  set source(source: FrameSource) {
    this.#source = source
  }

  send(bytes: Uint8Array, taken: () => void): void {
    this.#add({ bytes, last: false, taken })
  }

  finish(bytes: Uint8Array, taken: () => void): void {
    this.#add({ bytes, last: true, taken })
  }

  fail(error: RestError): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const { taken } of this.#pieces) taken()
    this.#sink.fail(error)
  }

  /** Stops decoding and sending, because the client has disconnected. */
  stop(): void {
    this.#isOver = true
  }

  #add(piece: Piece): void {
    if (this.#isOver) return
    this.#pieces.push(piece)
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#run()
  }

  async #run(): Promise<void> {
    try {
      for (let piece = this.#pieces[0]; piece; piece = this.#pieces[0]) {
        await this.#pass(piece)
        if (this.#isOver) return
      }
      this.#isRunning = false
    } catch (error) {
      this.#endWith(error)
    }
  }

  async #pass(piece: Piece): Promise<void> {
    this.#frames.add(piece.bytes)
    await this.#decode()
    if (this.#isOver) return
    if (piece.last) {
      this.#isOver = true
      this.#decoder.json.close()
      this.#finish(piece.taken)
      return
    }
    await this.#send()
    if (this.#isOver) return
    this.#pieces.shift()
    piece.taken()
  }

  async #decode(): Promise<void> {
    while (!this.#isOver) {
      const stop = await this.#turns.run((until) =>
        // The engine may have reused the memory of the piece.
        this.#isOver ? 'used up' : this.#decoder.decodeUntil(until, this.#frames),
      )
      if (this.#isOver || stop === 'used up') return
      if (stop === 'enough') await this.#send()
      else if (stop === 'no room') this.#endHere()
      else if (stop !== 'time is up') await this.#load(stop)
    }
  }

  /** Sends the decoded records before it awaits the registry. */
  async #load(needed: NeededSchema): Promise<void> {
    await this.#send()
    if (!this.#isOver) await this.#decoder.load(needed)
  }

  /** Sends JSON. The promise stays pending when the client disconnects. */
  async #send(): Promise<void> {
    const records = this.#decoder.json.takeCount()
    const json = this.#decoder.json.take()
    if (json.length === 0) return
    this.#decoder.forgetSchemas()
    await new Promise<void>((taken) => {
      this.#sink.send(json, taken, records, this.#decoder.takePositions())
    })
  }

  #finish(taken: () => void): void {
    const records = this.#decoder.json.takeCount()
    this.#sink.finish(this.#decoder.json.take(), taken, records, this.#decoder.takePositions())
  }

  /** Ends the response before the record that failed, or fails an empty response. */
  #endWith(error: unknown): void {
    if (this.#isOver) return
    if (!this.#decoder.json.isEmpty) {
      this.#endHere()
      return
    }
    this.#isOver = true
    if (error instanceof RestError) this.#sink.fail(error)
    else this.#onDefect(error)
    this.#source?.endAt([])
  }

  #endHere(): void {
    this.#isOver = true
    this.#decoder.json.close()
    const { next } = this.#decoder
    this.#finish(() => this.#source?.endAt(next))
  }
}
