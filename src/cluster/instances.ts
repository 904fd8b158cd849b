/** The consumer instances in one partition of the topic of descriptions, while this process has that partition. */

/**
 * Whether records that the client has are delivered again, because the instance has moved, or because no process tells
 * that the client has them: a commit would be answered with success, and not cover them.
 *
 *  - unreported: the client has to be told; commits fail.
 *  - reported: a commit has failed. The client may not have received that error: commits fail until it reads on.
 */
export type Redelivery = 'none' | 'unreported' | 'reported'

/** An instance that this process owns. */
export interface OwnedInstance {
  readonly key: string
  readonly partition: number
  /** The text of its description. */
  text: string
  /** Whose instance it is, in an object of its own; undefined until a request asks. It never changes. */
  creator: { readonly principal: string | undefined } | undefined
  /** The id of its consumer; undefined until its first request at this process. */
  consumer: number | undefined
  /** Its consumer is being made. */
  opening: Promise<void> | undefined
  /** Resolves when its last consumer, which had to be closed, has left its name to the next. */
  closing: Promise<void> | undefined
  /** The number of its running requests. */
  uses: number
  /** The number of reads that other processes have sent, and whose responses are not confirmed. */
  forwardedReads: number
  /** When its last request began or ended. */
  usedAt: number
  /** Whether a response with records is not followed by a commit yet. */
  owesCommit: boolean
  redelivery: Redelivery
  /** Whether its assigned partitions begin where `auto.offset.reset` says; the next response tells it. */
  hasNewPositions: boolean
}

/** The phases of a partition at this process. */
export type Phase = 'restoring' | 'owned' | 'releasing'

/** A partition of the topic of descriptions, and its instances by key. */
export class OwnedPartition {
  readonly number: number
  readonly instances = new Map<string, OwnedInstance>()
  /** Texts that this process has written, by key, and that it has not read yet. */
  readonly #written = new Map<string, (string | null)[]>()
  #phase: Phase = 'restoring'
  #waiters: (() => void)[] = []

  constructor(number: number) {
    this.number = number
  }

  get phase(): Phase {
    return this.#phase
  }

  set phase(phase: Phase) {
    this.#phase = phase
    this.wake()
  }

  /** Resolves with the next change of the phase, or when the partition is given up. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** Resolves all calls of changed(). */
  wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter()
  }

  /** This process writes a text, or null, for a key. */
  onWrite(key: string, text: string | null): void {
    const texts = this.#written.get(key)
    if (texts) texts.push(text)
    else this.#written.set(key, [text])
  }

  /** A write has failed: its text will not be read. */
  onFailedWrite(key: string, text: string | null): void {
    this.#isOwn(key, text)
  }

  /**
   * A record was read. Returns the instance that it replaces or removes, when another process has written the record.
   */
  onRecord(key: string, text: string | null): OwnedInstance | undefined {
    if (this.#isOwn(key, text)) return undefined
    const earlier = this.instances.get(key)
    if (earlier?.text === text) return undefined
    if (text === null) this.instances.delete(key)
    else this.instances.set(key, newInstance(key, this.number, text))
    return earlier
  }

  #isOwn(key: string, text: string | null): boolean {
    const texts = this.#written.get(key)
    const index = texts?.indexOf(text) ?? -1
    if (!texts || index < 0) return false
    texts.splice(0, index + 1)
    if (texts.length === 0) this.#written.delete(key)
    return true
  }
}

/** Makes an instance without a consumer. */
export function newInstance(key: string, partition: number, text: string): OwnedInstance {
  return {
    key,
    partition,
    text,
    creator: undefined,
    consumer: undefined,
    opening: undefined,
    closing: undefined,
    uses: 0,
    forwardedReads: 0,
    usedAt: performance.now(),
    owesCommit: false,
    redelivery: 'none',
    hasNewPositions: false,
  }
}
