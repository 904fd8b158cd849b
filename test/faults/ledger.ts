/**
 * The oracle of the fault lanes. It is told of every acknowledgement, every delivery and every
 * commit, in the order in which the clients saw them, and names what contradicts a promise.
 */

/** Where a record is. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** A record as a read returned it, or as the witness found it in the topic. */
export interface KnownRecord extends Place {
  /** The client that produced it. */
  readonly key: string
  /** The position among the records of that client, from zero. */
  readonly value: number
}

/** What a run has shown. Everything behind `deliveries` is zero when the promises were kept. */
export interface Verdict {
  /** Records that were acknowledged with a partition and an offset. */
  readonly acknowledged: number
  /** Records that were answered with an error, or whose request failed. */
  readonly refused: number
  /** Records in complete responses to reads, repetitions included. */
  readonly deliveries: number
  /** Acknowledged records that are not in the topic at the place of the acknowledgement. */
  readonly missing: number
  /** Acknowledged records that are in the topic more than once. */
  readonly duplicated: number
  /** Records that are in the topic behind a later record of the same client. */
  readonly outOfOrder: number
  /** Acknowledged records that no read of the group returned. */
  readonly undelivered: number
  /** Deliveries of a record by a read that began after a commit that covered it was answered with success. */
  readonly deliveredAfterCommit: number
  /** Places where a response has a partition's offsets in falling order or twice. */
  readonly disorderedResponses: number
}

/** Keeps the account of one topic and one group. */
export class Ledger {
  /** By place: the record that was acknowledged there. */
  readonly #acknowledged = new Map<string, string>()
  /** By place: whether a read has returned it. */
  readonly #delivered = new Set<string>()
  /** By partition: the offset that the last successful commits reached. */
  readonly #committed = new Map<number, number>()
  #refused = 0
  #deliveries = 0
  #deliveredAfterCommit = 0
  #disorderedResponses = 0

  /** An entry of a produce response had no error. */
  acknowledge(record: KnownRecord): void {
    const place = placeOf(record)
    if (this.#acknowledged.has(place)) throw new Error(`${place} was acknowledged twice.`)
    this.#acknowledged.set(place, nameOf(record))
  }

  /** `count` records were answered with an error, or got no answer. */
  refuse(count: number): void {
    this.#refused += count
  }

  /** By partition: the offset that the successful commits have reached so far. */
  get committed(): ReadonlyMap<number, number> {
    return new Map(this.#committed)
  }

  /**
   * A response to a read was received to its end.
   *
   * @param committed what was committed when the read began: a commit that was answered during the read is not before it
   */
  deliver(
    records: readonly KnownRecord[],
    committed: ReadonlyMap<number, number> = this.#committed,
  ): void {
    const last = new Map<number, number>()
    for (const record of records) {
      const { partition, offset } = record
      if (offset <= (last.get(partition) ?? -1)) this.#disorderedResponses++
      last.set(partition, offset)
      if (offset < (committed.get(partition) ?? 0)) this.#deliveredAfterCommit++
      this.#delivered.add(placeOf(record))
      this.#deliveries++
    }
  }

  /** A commit up to `next` (the offset after the last record, by partition) was answered with 200. */
  commit(next: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of next) {
      this.#committed.set(partition, Math.max(offset, this.#committed.get(partition) ?? 0))
    }
  }

  /** How many records were acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged.size
  }

  /** How many acknowledged records no read has returned so far. */
  get undelivered(): number {
    let count = 0
    for (const place of this.#acknowledged.keys()) if (!this.#delivered.has(place)) count++
    return count
  }

  /** Compares the account with the topic, whose records are ordered by partition and offset. */
  judge(stored: readonly KnownRecord[]): Verdict {
    const places = new Map(stored.map((record) => [placeOf(record), nameOf(record)]))
    const times = new Map<string, number>()
    const last = new Map<string, number>()
    let outOfOrder = 0
    for (const record of stored) {
      const name = nameOf(record)
      times.set(name, (times.get(name) ?? 0) + 1)
      const stream = `${record.partition}/${record.key}`
      const before = last.get(stream) ?? -1
      if (record.value < before) outOfOrder++
      last.set(stream, Math.max(before, record.value))
    }
    const acknowledged = [...this.#acknowledged]
    return {
      acknowledged: acknowledged.length,
      refused: this.#refused,
      deliveries: this.#deliveries,
      missing: acknowledged.filter(([place, name]) => places.get(place) !== name).length,
      duplicated: acknowledged.filter(([, name]) => (times.get(name) ?? 0) > 1).length,
      outOfOrder,
      undelivered: this.undelivered,
      deliveredAfterCommit: this.#deliveredAfterCommit,
      disorderedResponses: this.#disorderedResponses,
    }
  }
}

function placeOf({ partition, offset }: Place): string {
  return `${partition}:${offset}`
}

function nameOf({ key, value }: KnownRecord): string {
  return `${key}/${value}`
}
