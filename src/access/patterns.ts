/** Names and patterns of names, in which `*` stands for any text. */

/** A list of them. */
export interface Patterns {
  /** Whether one of them matches the whole name. Can be passed on without its object. */
  readonly matches: (name: string) => boolean
  /** Whether they match every name. */
  readonly matchesAll: boolean
}

/** Compiles a list. */
export function patternsOf(texts: readonly string[]): Patterns {
  const matchesAll = texts.includes('*')
  if (matchesAll) return { matches: () => true, matchesAll }
  const names = new Set(texts)
  if (!texts.some((text) => text.includes('*'))) {
    return { matches: (name) => names.has(name), matchesAll }
  }
  const pattern = new RegExp(`^(?:${texts.map(sourceOf).join('|')})$`, 's')
  return { matches: (name) => pattern.test(name), matchesAll }
}

function sourceOf(text: string): string {
  return text
    .split(/\*+/)
    .map((part) => part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'))
    .join('.*')
}
