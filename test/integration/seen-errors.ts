/**
 * Which errors the tests have provoked. Test files run in processes of their own: each leaves its
 * list in the folder `SLUICE_SEEN_ERRORS`, which scripts/test.mjs makes, and the last one judges.
 */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder, when the errors of this run are collected. */
export const SEEN_ERRORS_FOLDER: string | undefined = process.env['SLUICE_SEEN_ERRORS']

const seen = new Set<string>()

/** Notes an error of an operation; each once. */
export function noteError(operationId: string, errorCode: number): void {
  const line = `${operationId} ${errorCode}\n`
  if (SEEN_ERRORS_FOLDER === undefined || seen.has(line)) return
  seen.add(line)
  appendFileSync(join(SEEN_ERRORS_FOLDER, String(process.pid)), line)
}

/** What all test files have noted so far, as `operationId errorCode`. */
export function seenErrors(folder: string): ReadonlySet<string> {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  return new Set(texts.flatMap((text) => text.split('\n')).filter((line) => line !== ''))
}
