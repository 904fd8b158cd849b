/**
 * Permits by the second, which the event loops of a process share: each second has the same number of them, and those of
 * later seconds can be reserved. The state is one cell: the second of its last use in the upper 32 bits, and in the
 * lower ones what it has left, below 0 when later seconds owe. See bucket.ts for moments and cells.
 */

const CYCLE_MS = 1000
const NANOSECONDS_PER_MS = 1_000_000n
const HALF_BITS = 32
/** Half of a cell is not to overflow. */
const LEAST_LEFT = -(2 ** 31)

/**
 * Takes permits that are there within `patienceMs`. Returns the time in milliseconds until then; undefined if that is too late,
 * and nothing was taken.
 */
export function takeOfCycles(
  cells: BigInt64Array,
  at: number,
  perCycle: number,
  permits: number,
  patienceMs: number,
  moment: bigint,
): number | undefined {
  const ms = Number(moment / NANOSECONDS_PER_MS)
  const cycle = Math.floor(ms / CYCLE_MS)
  for (;;) {
    const old = Atomics.load(cells, at)
    const left = leftOf(old, cycle, perCycle) - permits
    const cycles = left < 0 ? Math.ceil(-left / perCycle) : 0
    const wait = cycles === 0 ? 0 : cycles * CYCLE_MS - (ms % CYCLE_MS)
    if (wait > patienceMs || left < LEAST_LEFT) return undefined
    const next = (BigInt(cycle) << BigInt(HALF_BITS)) | BigInt.asUintN(HALF_BITS, BigInt(left))
    if (Atomics.compareExchange(cells, at, old, next) === old) return wait
  }
}

/** Whether the second of `moment` has less than all of its permits. */
export function isUsedUp(
  cells: BigInt64Array,
  at: number,
  perCycle: number,
  moment: bigint,
): boolean {
  const cycle = Math.floor(Number(moment / NANOSECONDS_PER_MS) / CYCLE_MS)
  return leftOf(Atomics.load(cells, at), cycle, perCycle) < perCycle
}

/** What a second has left. It does not get what earlier seconds had left. */
function leftOf(state: bigint, cycle: number, perCycle: number): number {
  if (state === 0n) return perCycle
  const passed = cycle - Number(state >> BigInt(HALF_BITS))
  return Math.min(perCycle, Number(BigInt.asIntN(HALF_BITS, state)) + passed * perCycle)
}
