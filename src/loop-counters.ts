/**
 * The counters of an event loop, in memory that its process shares with it. The loop writes them without a lock or a
 * message; the thread that renders the metrics reads them at any time. A cell is a number of 64 bits, which no reader
 * sees half written.
 */
import { ERRORS, type ErrorName } from './errors.ts'
import { HISTOGRAM_CELLS, Histogram } from './histogram.ts'

/** Values of a loop at one moment. */
export interface LoopGauges {
  /** Open connections. */
  connections: number
  /** Connections that were closed at a limit of their address. */
  refused: number
  /** Pauses in accepting connections. */
  pauses: number
  /** Requests that are not answered yet. */
  inFlight: number
}

/** The operation of requests that match no route. */
export const NO_OPERATION = 'none'

/** The operations of routes, without duplicates. */
export function operationsOf(routes: readonly { readonly operationId: string }[]): string[] {
  return [...new Set(routes.map(({ operationId }) => operationId))]
}

const GAUGES = ['connections', 'refused', 'pauses', 'inFlight'] as const
/** Statuses have three digits; their cells begin with that of 100. */
const FIRST_STATUS = 100
const STATUSES = 500
/** All names of errors: codes are not unique. */
const NAMES = Object.keys(ERRORS) as ErrorName[]
const INDEX_OF_NAME: ReadonlyMap<ErrorName, number> = new Map(
  NAMES.map((name, index) => [name, index]),
)
/** The logs whose lines may be left out. */
const LOGS = ['requests', 'audit'] as const

/** A log whose lines may be left out. */
export type BoundedLog = (typeof LOGS)[number]

/** The cells of a loop: gauges, omitted lines, the loop's delay, errors, and then those of each operation. */
const OMITTED_AT = GAUGES.length
const DELAY_AT = OMITTED_AT + LOGS.length
const ERRORS_AT = DELAY_AT + HISTOGRAM_CELLS
const OPERATIONS_AT = ERRORS_AT + NAMES.length
/** The cells of an operation: aborted requests, durations, and then a counter of each status. */
const DURATIONS_AT = 1
const STATUSES_AT = DURATIONS_AT + HISTOGRAM_CELLS
const OPERATION_CELLS = STATUSES_AT + STATUSES

/** The counters of one event loop. */
export class LoopCounters {
  /** Can be given to other threads. */
  readonly memory: SharedArrayBuffer
  /** Of the event loop itself. */
  readonly delay: Histogram
  /** By the names of their operations. */
  readonly operations: ReadonlyMap<string, OperationCounters>
  readonly #cells: Float64Array

  /**
   * @param operations names without duplicates; NO_OPERATION is added
   * @param memory that of another object with the same operations
   */
  constructor(operations: readonly string[], memory = memoryFor(operations)) {
    this.memory = memory
    this.#cells = new Float64Array(memory)
    this.delay = new Histogram(this.#cells.subarray(DELAY_AT, ERRORS_AT))
    this.operations = new Map(
      [NO_OPERATION, ...operations].map((name, index) => {
        const at = OPERATIONS_AT + index * OPERATION_CELLS
        return [name, new OperationCounters(this.#cells.subarray(at, at + OPERATION_CELLS))]
      }),
    )
  }

  /** Counts a completed request. `error` is undefined without an error. */
  observe(operation: string, status: number, error: ErrorName | undefined, seconds: number): void {
    this.#of(operation).observe(status, seconds)
    if (error !== undefined) increment(this.#cells, errorAt(error))
  }

  /** Counts lines that were left out of a log. */
  observeOmitted(log: BoundedLog, lines: number): void {
    const at = OMITTED_AT + LOGS.indexOf(log)
    this.#cells[at] = (this.#cells[at] as number) + lines
  }

  /** The numbers of lines that were left out. */
  get omitted(): ReadonlyMap<BoundedLog, number> {
    return new Map(LOGS.map((log, index) => [log, this.#cells[OMITTED_AT + index] as number]))
  }

  /** Counts a request whose client closed the connection. */
  observeAborted(operation: string): void {
    this.#of(operation).observeAborted()
  }

  /** The numbers of error responses, by the names of errors. Names without one are omitted. */
  get errors(): ReadonlyMap<ErrorName, number> {
    const counts = NAMES.map((name, index): [ErrorName, number] => [
      name,
      this.#cells[ERRORS_AT + index] as number,
    ])
    return new Map(counts.filter(([, count]) => count > 0))
  }

  get gauges(): LoopGauges {
    const [connections, refused, pauses, inFlight] = this.#cells as unknown as Gauges
    return { connections, refused, pauses, inFlight }
  }

  set gauges(gauges: LoopGauges) {
    for (const [index, name] of GAUGES.entries()) this.#cells[index] = gauges[name]
  }

  #of(operation: string): OperationCounters {
    const counters = this.operations.get(operation)
    if (!counters) throw new Error(`The operation ${operation} has no counters.`)
    return counters
  }
}

type Gauges = [number, number, number, number]

/** The counters of an operation. */
export class OperationCounters {
  readonly durations: Histogram
  readonly #cells: Float64Array

  constructor(cells: Float64Array) {
    this.#cells = cells
    this.durations = new Histogram(cells.subarray(DURATIONS_AT, STATUSES_AT))
  }

  observe(status: number, seconds: number): void {
    increment(this.#cells, STATUSES_AT + status - FIRST_STATUS)
    this.durations.observe(seconds)
  }

  observeAborted(): void {
    increment(this.#cells, 0)
  }

  /** The number of requests whose client closed the connection. */
  get aborted(): number {
    return this.#cells[0] as number
  }

  /** Whether a request was counted. */
  get isUsed(): boolean {
    return this.aborted > 0 || this.durations.count > 0
  }

  /** The number of requests with each status. Statuses without one are omitted. */
  get byStatus(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    for (let index = 0; index < STATUSES; index++) {
      const count = this.#cells[STATUSES_AT + index] as number
      if (count > 0) counts.set(FIRST_STATUS + index, count)
    }
    return counts
  }
}

function errorAt(name: ErrorName): number {
  return ERRORS_AT + (INDEX_OF_NAME.get(name) as number)
}

function increment(cells: Float64Array, at: number): void {
  cells[at] = (cells[at] as number) + 1
}

function memoryFor(operations: readonly string[]): SharedArrayBuffer {
  const cells = OPERATIONS_AT + (operations.length + 1) * OPERATION_CELLS
  return new SharedArrayBuffer(cells * Float64Array.BYTES_PER_ELEMENT)
}
