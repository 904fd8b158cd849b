/** JSON texts compared without going through numbers that lose digits. */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/g

/**
 * A value to compare deeply. Integers are their digits; other numbers have several texts.
 *
 * @param round what of other numbers must be the same
 */
export function exactJson(text: string, round: (value: number) => number = Number): unknown {
  const quoted = text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token
    const isInteger = /^-?[0-9]+$/.test(token)
    if (isInteger) return `"integer ${token}"`
    const value = round(Number(token))
    return `"decimal ${Object.is(value, -0) ? '-0' : value}"`
  })
  return JSON.parse(quoted)
}
