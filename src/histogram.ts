/** Histograms of durations, as Prometheus reads them. */

/** A line of a metric. */
export interface Sample {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** The counts of a histogram at one moment. */
export interface HistogramReading {
  /**
   * An upper bound in seconds, the number of durations between the bound before and this one, the next
   * bound, its number, … The last bound is Infinity.
   */
  readonly buckets: readonly number[]
  /** The sum of all durations. */
  readonly seconds: number
}

/** The lines of a histogram. */
export function samplesOf(
  name: string,
  labels: Sample['labels'],
  { buckets, seconds }: HistogramReading,
): Sample[] {
  const samples: Sample[] = []
  let below = 0
  for (let index = 0; index < buckets.length; index += 2) {
    const bound = buckets[index] as number
    below += buckets[index + 1] as number
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: below })
  }
  return [
    ...samples,
    { metricName: `${name}_sum`, labels, value: seconds },
    { metricName: `${name}_count`, labels, value: below },
  ]
}

/** Upper bounds of buckets, in seconds. */
const BOUNDS = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  Number.POSITIVE_INFINITY,
]

/** The number of cells of a histogram: its buckets, and the sum of the durations. */
export const HISTOGRAM_CELLS = BOUNDS.length + 1
const SUM = BOUNDS.length

/** Counts durations in cells that may be shared memory. One thread writes them, and any thread reads them. */
export class Histogram {
  readonly #cells: Float64Array

  /** @param cells zeros, or the cells of another object; HISTOGRAM_CELLS of them */
  constructor(cells: Float64Array = new Float64Array(HISTOGRAM_CELLS)) {
    this.#cells = cells
  }

  observe(seconds: number): void {
    const cells = this.#cells
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    cells[SUM] = (cells[SUM] as number) + seconds
    cells[bucket] = (cells[bucket] as number) + 1
  }

  /** The number of durations. */
  get count(): number {
    return this.#cells.subarray(0, SUM).reduce((sum, count) => sum + count, 0)
  }

  read(): HistogramReading {
    const buckets = BOUNDS.flatMap((bound, index) => [bound, this.#cells[index] as number])
    return { buckets, seconds: this.#cells[SUM] as number }
  }
}

/** The sum of histograms, of which there is at least one. */
export function sumOf(histograms: readonly Histogram[]): HistogramReading {
  const readings = histograms.map((each) => each.read())
  const buckets = BOUNDS.flatMap((bound, index) => [
    bound,
    readings.reduce((sum, reading) => sum + (reading.buckets[2 * index + 1] as number), 0),
  ])
  return { buckets, seconds: readings.reduce((sum, { seconds }) => sum + seconds, 0) }
}
