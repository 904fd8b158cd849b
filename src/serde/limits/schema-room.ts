/**
 * The memory of a thread for schemas that requests bring as texts. A request holds its texts and its compiled schemas until
 * its records are encoded, also while a registry is slow: the cache of schemas may drop them, but that frees nothing.
 */

/** A schema as a request has it. */
export interface BroughtSchema {
  /** Its type and its text. */
  readonly name: string
  /** The estimated bytes of the compiled schema. */
  readonly bytes: number
}

/** One that is in use. */
interface InUse extends BroughtSchema {
  requests: number
}

/** What a request has. */
interface Taken {
  readonly schemas: readonly InUse[]
  /** The bytes of its texts, which are its own although others may have the same. */
  readonly textBytes: number
}

/** A request without room. */
interface Waiter {
  /** Lets it look for room. */
  wake(): void
}

const BYTES_PER_CHARACTER = 2

/** Requests with the same schema share its room. Those without room wait in the order of their calls. */
export class SchemaRoom {
  readonly #maxBytes: number
  readonly #inUse = new Map<string, InUse>()
  #bytes = 0
  #textBytes = 0
  readonly #waiting: Waiter[] = []

  /** @param maxBytes of all schemas, and half of it of all texts; a request that needs more gets room when no other has any */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Resolves to a function that gives the room back. Rejects with the error of `late` after `timeoutMs`.
   *
   * @param read returns the schemas of the request; called again when there may be room, so that nobody who waits holds texts
   */
  async enter(
    read: () => readonly BroughtSchema[],
    timeoutMs: number,
    late: () => Error,
  ): Promise<() => void> {
    const taken =
      this.#take(read(), this.#waiting.length === 0) ?? (await this.#wait(read, timeoutMs, late))
    return () => this.#giveBack(taken)
  }

  /** Waits in the queue until there is room. */
  async #wait(
    read: () => readonly BroughtSchema[],
    timeoutMs: number,
    late: () => Error,
  ): Promise<Taken> {
    const waiter: Waiter = { wake: () => {} }
    this.#waiting.push(waiter)
    let timer: NodeJS.Timeout | undefined
    const isLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(late()), timeoutMs)
    })
    try {
      for (;;) {
        const isAwake = new Promise<void>((resolve) => {
          waiter.wake = resolve
        })
        await Promise.race([isAwake, isLate])
        const taken = this.#take(read(), true)
        if (taken) return taken
      }
    } finally {
      clearTimeout(timer)
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      this.#wakeFirst()
    }
  }

  /**
   * Returns undefined if there is no room. Requests that wait come before those with schemas that are not in use.
   *
   * @param isFirst whether nobody waits before the request
   */
  #take(schemas: readonly BroughtSchema[], isFirst: boolean): Taken | undefined {
    const textBytes = schemas.reduce((sum, { name }) => sum + BYTES_PER_CHARACTER * name.length, 0)
    if (!fits(this.#textBytes, textBytes, this.#maxBytes / 2)) return undefined
    const distinct = new Map(schemas.map(({ name, bytes }) => [name, bytes]))
    const others = [...distinct].filter(([name]) => !this.#inUse.has(name))
    const bytes = others.reduce((sum, [, one]) => sum + one, 0)
    const mayEnter = isFirst && fits(this.#bytes, bytes, this.#maxBytes)
    if (others.length > 0 && !mayEnter) return undefined
    for (const [name, one] of others) this.#inUse.set(name, { name, bytes: one, requests: 0 })
    this.#bytes += bytes
    this.#textBytes += textBytes
    // Not those of the request: the texts of others with the same schemas would be kept.
    const inUse = [...distinct.keys()].map((name) => this.#inUse.get(name) as InUse)
    for (const schema of inUse) schema.requests++
    return { schemas: inUse, textBytes }
  }

  #giveBack({ schemas, textBytes }: Taken): void {
    this.#textBytes -= textBytes
    for (const schema of schemas) {
      if (--schema.requests > 0) continue
      this.#inUse.delete(schema.name)
      this.#bytes -= schema.bytes
    }
    this.#wakeFirst()
  }

  #wakeFirst(): void {
    this.#waiting[0]?.wake()
  }
}

/** Whether more bytes fit beside those that are in use: any number does beside none, and none always. */
function fits(used: number, more: number, max: number): boolean {
  return used === 0 || more === 0 || used + more <= max
}
