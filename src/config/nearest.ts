/** Suggests names for misspelt ones. */

/** Returns the first of the nearest candidates, within an edit distance of a quarter of the name. */
export function findNearest(name: string, candidates: Iterable<string>): string | undefined {
  let limit = Math.max(1, Math.floor(name.length / 4))
  let nearest: string | undefined
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const distance = editDistance(name, candidate)
    if (distance > limit) continue
    nearest = candidate
    limit = distance - 1
  }
  return nearest
}

/** Returns the edit distance: added, removed, replaced and swapped characters. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : Infinity
      row.push(Math.min(replaced, swapped, at(last, j) + 1, at(row, j - 1) + 1))
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
