/** How the text of a value begins. The whole of a large one would take as long to write as the value to check. */

/** What `JSON.stringify` writes, or at least the first `limit` characters of it. */
export function beginningOf(value: unknown, limit: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, Math.max(limit, 0)))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return Array.isArray(value) ? ofItems(value, limit) : ofMembers(value, limit)
}

function ofItems(items: readonly unknown[], limit: number): string {
  let text = '['
  for (const item of items) {
    if (text.length >= limit) return text
    text += `${separatorBehind(text)}${beginningOf(item, limit - text.length)}`
  }
  return `${text}]`
}

function ofMembers(members: object, limit: number): string {
  let text = '{'
  for (const name in members) {
    if (text.length >= limit) return text
    text += `${separatorBehind(text)}${beginningOf(name, limit - text.length)}:`
    text += beginningOf((members as Record<string, unknown>)[name], limit - text.length)
  }
  return `${text}}`
}

function separatorBehind(text: string): string {
  return text.length === 1 ? '' : ','
}
