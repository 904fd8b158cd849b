/** Where in a JSON text one is, for messages. Costs nothing until something is wrong. */

const MAX_LENGTH = 200
const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_]*$/u
const WHITE_SPACE = /\s/

/** The key of an object's member, or the index of an array's element. */
type Step = string | number

/**
 * The path from the root to a place in a text.
 *
 * @param json well-formed up to the place, which isn't inside of a string
 * @returns such as `orders[3].price`; empty at the root
 */
export function pathTo(json: string, position: number): string {
  const steps: Step[] = []
  let at = 0
  while (at < position) {
    const end = json[at] === '"' ? endOfString(json, at) : at + 1
    follow(json, at, end, steps)
    at = end
  }
  const path = steps.map(describe).join('').replace(/^\./, '')
  return path.length > MAX_LENGTH ? `…${path.slice(-MAX_LENGTH)}` : path
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

/** What a token changes. */
function follow(json: string, at: number, end: number, steps: Step[]): void {
  const last = steps.length - 1
  const step = steps[last]
  switch (json[at]) {
    case '{':
      steps.push('')
      break
    case '[':
      steps.push(0)
      break
    case '}':
    case ']':
      steps.pop()
      break
    case ',':
      if (typeof step === 'number') steps[last] = step + 1
      break
    case '"':
      if (isBeforeColon(json, end)) steps[last] = JSON.parse(json.slice(at, end))
  }
}

function isBeforeColon(json: string, position: number): boolean {
  let at = position
  while (WHITE_SPACE.test(json[at] ?? '')) at++
  return json[at] === ':'
}

function describe(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (step === '') return ''
  return PLAIN_KEY.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
