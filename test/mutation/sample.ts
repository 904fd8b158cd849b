/** Mutants by machine: some of all that the operators make, chosen by chance that can be repeated. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'
import { type Mutation, mutationsOf } from './operators.ts'
import { testsOf } from './tests-of.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDERS = ['src/kafka', 'src/http', 'src/api']
/** Tables that are generated from librdkafka's source. */
const GENERATED = ['src/kafka/kafka-errors.ts', 'src/kafka/settings/librdkafka-properties.ts']

/** All mutants that the operators make, in an order that `seed` says. */
export function shuffledMutants(seed: number): Mutant[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, String(name))),
  ).filter((path) => path.endsWith('.ts') && !GENERATED.includes(path))
  const mutations = mutationsOf(
    ROOT,
    files.sort().map((file) => join(ROOT, file)),
  )
  return shuffled(mutantsOf(mutations), seed)
}

/** Places that look the same are told apart by their numbers. */
function mutantsOf(mutations: readonly Mutation[]): Mutant[] {
  const seen = new Map<string, number>()
  return mutations.map(({ file, what, start, end, to }) => {
    const name = `${file}: ${what}`
    const number = (seen.get(name) ?? 0) + 1
    seen.set(name, number)
    return {
      name: number === 1 ? name : `${name} (${number})`,
      file,
      change: (text) => text.slice(0, start) + to + text.slice(end),
      tests: testsOf(file),
    }
  })
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = randomNumbers(seed)
  const left = [...items]
  for (let last = left.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1))
    ;[left[last], left[other]] = [left[other] as T, left[last] as T]
  }
  return left
}

/** Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
