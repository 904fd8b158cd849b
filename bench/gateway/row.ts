/** What the sections of the gateway benchmark have in common. */

/** Where a section measures. */
export interface Stage {
  readonly bootstrapServers: string
  /** Makes a topic, of eight partitions unless said; resolves to its full name. */
  createTopic(name: string, partitions?: number): Promise<string>
  /** A checkout of an older commit, built, which today's build is compared with; undefined: one is made. */
  readonly besideFolder?: string | undefined
}

/** One figure, as the report shows it. */
export interface Row {
  readonly section: string
  readonly what: string
  /** With its unit or as a ratio. */
  readonly value: string
  /** What it is made of: both sides of a ratio, and how they spread. */
  readonly detail: string
  /** What was to be reached, as a text and as a check. */
  readonly target?: string
  readonly isReached?: boolean
  /** The day and the commit, when they are not those of the other rows. */
  readonly measured?: string
  readonly chart?: Chart
}

/** A group of the chart: figures of proxies, and limits, which do a part of a proxy's work only. */
export interface Chart {
  readonly group: string
  readonly bars: Readonly<Record<string, number>>
  readonly limits?: Readonly<Record<string, number>>
}

/** The middle of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((left, right) => left - right)[figures.length >> 1] as number
}

/** `1 234 567` as `1.23 M`, `12 345` as `12.3 k`. */
export function short(figure: number): string {
  if (figure >= 1e6) return `${(figure / 1e6).toFixed(2)} M`
  if (figure >= 1e3) return `${(figure / 1e3).toFixed(1)} k`
  return figure.toFixed(figure < 10 ? 2 : 0)
}

/** Least, middle and greatest, as in `0.61 (0.58–0.66)`. */
export function spread(figures: readonly number[], digits = 2): string {
  const text = (figure: number) => figure.toFixed(digits)
  return `${text(median(figures))} (${text(Math.min(...figures))}–${text(Math.max(...figures))})`
}

/** Measures both sides of a ratio in turns, so that a slow moment hits both. */
export async function inTurns<A, B>(
  rounds: number,
  left: () => Promise<A>,
  right: () => Promise<B>,
): Promise<[A, B][]> {
  const pairs: [A, B][] = []
  for (let round = 0; round < rounds; round++) pairs.push([await left(), await right()])
  return pairs
}
