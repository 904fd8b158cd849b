/** The streams of records that an event loop serves. They last for hours, and a process that stops ends them. */

/** A stream that can be ended. */
export interface OpenStream {
  /** Reads no more records, now or soon; those that were read are answered. Called once. Must not throw. */
  stop(): void
}

/** See the top of this file. */
export class OpenStreams {
  readonly #open = new Set<OpenStream>()
  #isStopping = false

  add(stream: OpenStream): void {
    this.#open.add(stream)
    if (this.#isStopping) stream.stop()
  }

  delete(stream: OpenStream): void {
    this.#open.delete(stream)
  }

  /** Ends all streams, and those that are opened later. */
  stop(): void {
    this.#isStopping = true
    for (const stream of this.#open) stream.stop()
  }
}
