/** Floating point numbers in decimal, as short as can be read back exactly. */

const SMALLEST_NORMAL_FLOAT = 2 ** -126
/** So many digits a decimal can have and still be the only one near a float. */
const FEW_DIGITS = 6
/** So many tell all floats apart. */
const ALL_DIGITS = 9

/** The shortest text that reads as the same double. As in Java there is a point or an exponent. */
export function doubleText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/**
 * The fewest significant digits that read as the same float: `0.1`, which as a double is
 * `0.10000000149011612`.
 *
 * @param value a float, exactly
 */
export function floatText(value: number): string {
  const first = Math.abs(value) < SMALLEST_NORMAL_FLOAT ? 1 : FEW_DIGITS
  for (let digits = first; digits < ALL_DIGITS; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return doubleText(candidate)
  }
  return doubleText(Number(value.toPrecision(ALL_DIGITS)))
}
