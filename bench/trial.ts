/** What a micro-benchmark is: operations that do the same, side by side. */

/** One way to do it. */
export interface Operation {
  readonly name: string
  /** How many things (records, requests) one call does. */
  readonly things: number
  run(): unknown
}

/** Several ways, ours first. */
export interface Trial {
  readonly name: string
  /** What the things are. */
  readonly unit: string
  readonly operations: readonly Operation[]
}
