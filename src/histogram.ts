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

/** Counts durations. It has plain numbers, because every request passes here. */
export class Histogram {
  readonly #counts = new Float64Array(BOUNDS.length)
  #seconds = 0

  observe(seconds: number): void {
    this.#seconds += seconds
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
  }

  read(): HistogramReading {
    const buckets = BOUNDS.flatMap((bound, index) => [bound, this.#counts[index] as number])
    return { buckets, seconds: this.#seconds }
  }
}
