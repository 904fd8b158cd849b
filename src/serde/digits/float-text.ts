/** The shortest decimal texts that read back as the same floating-point number. */

/** JavaScript prints larger integers with an exponent. */
const FIRST_EXPONENT = 1e21
const SMALLEST_NORMAL_FLOAT = 2 ** -126
/** Decimals of this many digits never share a normal float. */
const FEW_DIGITS = 6
/** This many digits distinguish all floats. */
const ALL_DIGITS = 9

/** Returns the shortest text of a double. Like Java's, the text has a point or an exponent. */
export function doubleText(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= FIRST_EXPONENT) return String(value)
  return Object.is(value, -0) ? '-0.0' : `${value}.0`
}

/**
 * Returns the shortest text of a float: `0.1`, where the double is `0.10000000149011612`.
 *
 * @param value a double that is exactly a float
 */
export function floatText(value: number): string {
  if (value === 0) return doubleText(value)
  const first = Math.abs(value) < SMALLEST_NORMAL_FLOAT ? 1 : FEW_DIGITS
  return doubleText(fewestDigits(value, first))
}

/**
 * Rounds a float to the fewest digits that read back as the same float: 1.1, where the double is 1.100000023841858.
 *
 * @param value a double that is exactly a float
 * @param first the smallest number of digits to try
 */
export function fewestDigits(value: number, first = FEW_DIGITS): number {
  for (let digits = first; digits < ALL_DIGITS; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return Number(value.toPrecision(ALL_DIGITS))
}
