/** What the output of a failed lane tells: what failed, and why. */

/** Lines that are shown of one lane. */
const MAX_LINES = 80
/** Lines before the end of a failed native test that are shown of it: make runs several at once. */
const LINES_BEFORE = 20

const NATIVE_TEST = /^\[ {2}FAILED {2}\] (\S+?),? .*\(\d+ ms\)$/
const MAKE = /^make(\[\d+\])?: \*\*\* .* Error /
/** A program of the engine that failed, as make names its goal. */
const PROGRAM = /^make(?:\[\d+\])?: \*\*\* \[Makefile:\d+: (\S+\.run)\] Error /gm
/** The place of a failed test in the summary of node:test. */
const FILE = /^test at (\S+?\.test\.ts):\d+:\d+$/gm

/**
 * The goals of make whose programs failed.
 *
 * @param {string} output
 * @returns {string[]}
 */
export function failedPrograms(output) {
  return [...new Set([...output.matchAll(PROGRAM)].map(([, goal]) => goal))]
}

/**
 * The files whose tests failed, relative to the project's root.
 *
 * @param {string} output
 * @returns {string[]}
 */
export function failedFiles(output) {
  return [...new Set([...output.matchAll(FILE)].map(([, path]) => path))]
}

/**
 * What failed, by the summaries of node:test, by the failed tests of GoogleTest and by the failed goals
 * of make. Output without any of these is shortened to its end.
 *
 * @param {string} output what the lane printed
 * @returns {string}
 */
export function failures(output) {
  const lines = output.split('\n')
  const found = lines.flatMap((line, index) => {
    const test = NATIVE_TEST.exec(line)?.[1]
    if (test) return [`✖ ${test}`, ...lines.slice(Math.max(0, index - LINES_BEFORE), index)]
    if (MAKE.test(line)) return [line]
    if (line.startsWith('✖ failing tests:')) return lines.slice(index + 1)
    return []
  })
  return found.length > 0
    ? found.slice(0, MAX_LINES).join('\n')
    : lines.slice(-MAX_LINES).join('\n')
}
