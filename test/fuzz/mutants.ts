/** Mutants of bytes, from a seed: the same for the same seed, on each machine. */

/** Numbers from 0 up to 2^32, as good as random (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Bytes at which readers change their minds. */
const ODD = [...Buffer.from('\0\n\r\t "\'\\,;:=#{}()[]<>/*$%+-.~\x7f\x80\xff09azAZ', 'latin1')]

/** A change of some bytes. `other` is another text, of which a part may be taken. */
type Change = (bytes: Buffer, random: () => number, other: Buffer) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, random) => spliced(bytes, random() % (bytes.length + 1), 1, [random() % 256]),
  (bytes, random) => spliced(bytes, random() % (bytes.length + 1), 1, [oddOf(random)]),
  (bytes, random) => spliced(bytes, random() % (bytes.length + 1), 0, [oddOf(random)]),
  (bytes, random) => spliced(bytes, random() % (bytes.length + 1), 1 + (random() % 8), []),
  (bytes, random) => bytes.subarray(0, random() % (bytes.length + 1)),
  (bytes, random) => {
    const [from, at] = [random() % (bytes.length + 1), random() % (bytes.length + 1)]
    const part = bytes.subarray(from, from + 1 + (random() % 64))
    return spliced(bytes, at, 0, [...part])
  },
  (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, random() % (bytes.length + 1)),
      other.subarray(random() % (other.length + 1)),
    ]),
  (bytes, random) => {
    const repeated = Array(1 + (random() % 2000)).fill(oddOf(random))
    return spliced(bytes, random() % (bytes.length + 1), 0, repeated)
  },
]

function oddOf(random: () => number): number {
  return ODD[random() % ODD.length] as number
}

function spliced(bytes: Buffer, at: number, dropped: number, added: readonly number[]): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(added), bytes.subarray(at + dropped)])
}

/** Returns mutants of the seeds, each with one to four changes. */
export function* mutantsOf(
  seeds: readonly Buffer[],
  count: number,
  seed: number,
): Generator<Buffer> {
  const random = randomNumbers(seed)
  const anyOf = <T>(all: readonly T[]): T => all[random() % all.length] as T
  for (let index = 0; index < count; index++) {
    let mutant = anyOf(seeds)
    for (let change = 1 + (random() % 4); change > 0; change--) {
      mutant = anyOf(CHANGES)(mutant, random, anyOf(seeds))
    }
    yield mutant
  }
}
