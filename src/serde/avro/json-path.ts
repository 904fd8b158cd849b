/** Paths into JSON texts for error messages, computed only when an error occurs. */

const MAX_LENGTH = 200
const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_]*$/u

/** The key of a member or the index of an element. */
type Step = string | number

const [SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [0x20, 0x22, 0x2c, 0x3a, 0x5c]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Returns the path from the root to a position.
 *
 * @param json UTF-8, well-formed up to the position, which is outside of strings
 * @returns a path such as `orders[3].price`; empty at the root
 */
export function pathTo(json: Buffer, position: number): string {
  const steps: Step[] = []
  let at = 0
  while (at < position) {
    const end = json[at] === QUOTE ? endOfString(json, at) : at + 1
    follow(json, at, end, steps)
    at = end
  }
  const path = steps.map(describe).join('').replace(/^\./, '')
  return path.length > MAX_LENGTH ? `…${path.slice(-MAX_LENGTH)}` : path
}

function endOfString(json: Buffer, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** Updates the path at a token. */
function follow(json: Buffer, at: number, end: number, steps: Step[]): void {
  const last = steps.length - 1
  const step = steps[last]
  switch (json[at]) {
    case OPEN_BRACE:
      steps.push('')
      break
    case OPEN_BRACKET:
      steps.push(0)
      break
    case CLOSE_BRACE:
    case CLOSE_BRACKET:
      steps.pop()
      break
    case COMMA:
      if (typeof step === 'number') steps[last] = step + 1
      break
    case QUOTE:
      if (isBeforeColon(json, end)) steps[last] = keyAt(json, at, end)
  }
}

function keyAt(json: Buffer, at: number, end: number): string {
  try {
    return JSON.parse(json.toString('utf8', at, end))
  } catch {
    // The text is malformed; the caller reports that.
    return json.toString('utf8', at + 1, end - 1)
  }
}

function isBeforeColon(json: Buffer, position: number): boolean {
  let at = position
  while ((json[at] ?? COLON) <= SPACE) at++
  return json[at] === COLON
}

function describe(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (step === '') return ''
  return PLAIN_KEY.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
