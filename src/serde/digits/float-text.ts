/** Floating point numbers in decimal, as short as can be read back exactly. */

/** From here on JavaScript writes an exponent. */
const FIRST_EXPONENT = 1e21
const SMALLEST_NORMAL_FLOAT = 2 ** -126
/** So many digits a decimal can have and still be the only one near a float. */
const FEW_DIGITS = 6
/** So many tell all floats apart. */
const ALL_DIGITS = 9

/** The shortest text that reads as the same double. As in Java there is a point or an exponent. */
export function doubleText(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= FIRST_EXPONENT) return String(value)
  return Object.is(value, -0) ? '-0.0' : `${value}.0`
}

/**
 * The fewest significant digits that read as the same float: `0.1`, which as a double is
 * `0.10000000149011612`.
 *
 * @param value a float, exactly
 */
export function floatText(value: number): string {
  if (value === 0) return doubleText(value)
  const first = Math.abs(value) < SMALLEST_NORMAL_FLOAT ? 1 : FEW_DIGITS
  return doubleText(fewestDigits(value, first))
}

/**
 * The float with the fewest digits, at least 6, that reads back as the same float: as a double, 1.1 instead of
 * 1.100000023841858.
 *
 * @param value a float, exactly
 */
export function fewestDigits(value: number, first = FEW_DIGITS): number {
  for (let digits = first; digits < ALL_DIGITS; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return Number(value.toPrecision(ALL_DIGITS))
}
