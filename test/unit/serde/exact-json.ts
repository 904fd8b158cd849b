/** JSON texts compared without going through numbers that lose digits. */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/g

/**
 * A value to compare deeply. Integers are their digits. Other numbers, of which there are several
 * texts, are what they are as floats; that they are exact is for others to see.
 */
export function exactJson(text: string): unknown {
  const quoted = text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token
    const isInteger = /^-?[0-9]+$/.test(token)
    return isInteger ? `"integer ${token}"` : `"about ${Math.fround(Number(token))}"`
  })
  return JSON.parse(quoted)
}
