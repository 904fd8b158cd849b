/** Markdown of the derived documents. */

/** Returns a text as code. */
export function code(text: string): string {
  return `\`${text}\``
}

/** Returns a table of two columns: names, and the common reason of all names of a row, in the order of the pairs. */
export function reasonTable(
  pairs: Iterable<readonly [name: string, reason: string]>,
  [names, because]: readonly [names: string, because: string],
): string {
  const byReason = new Map<string, string[]>()
  for (const [name, reason] of pairs) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), code(name)])
  }
  const rows = [...byReason].map(([reason, list]) => `| ${list.join(', ')} | ${reason} |\n`)
  return `| ${names} | ${because} |\n|---|---|\n${rows.join('')}`
}
