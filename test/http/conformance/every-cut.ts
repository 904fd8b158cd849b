/** Runs the cases against a recorder on uWebSockets.js, in each way in which TCP may cut their bytes. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startAddonRecorder, type TlsFiles } from './addon-recorder.ts'
import { CASE_GROUPS, type Case } from './case.ts'
import { expectedOf, type Outcome, send } from './outcome.ts'
import type { Recorder } from './recorder.ts'
import { type Cuts, waysOf } from './ways.ts'

/** The outcome of one way to send a case. */
interface Run {
  readonly pieces: string
  readonly outcome: Outcome
  /** What handlers have read to its end. */
  readonly seen: readonly string[]
}

/** Handshakes under sanitizers take so long that all cuts would take hours. */
const TLS_CUTS: Cuts = process.env['SLUICE_SANITIZED_UWS'] ? 'some' : 'all'

/** Declares a test for each case. */
export function describeCases(listener: string, tls?: TlsFiles): void {
  const cuts = tls ? TLS_CUTS : 'all'
  const recorder = startAddonRecorder(tls ? { tls } : {})
  after(() => recorder.stop())
  for (const { title, cases } of CASE_GROUPS) {
    describe(`${listener}: ${title}`, () => {
      for (const each of cases) {
        it(`${each.name} (RFC ${each.section})`, () => check(recorder, each, cuts))
      }
    })
  }
}

/** Stops at the first difference. */
async function check(recorder: Recorder, each: Case, cuts: Cuts): Promise<void> {
  const expected = expectedOf(each)
  const read = each.answers.filter((answer) => answer.includes(' '))
  const seen = read.map((answer) => answer.replace(/^\d+ | keep-alive$/g, ''))
  for (const pieces of waysOf(each, cuts)) {
    const outcome = await send(recorder, each, pieces)
    const run: Run = {
      pieces: describePieces(pieces),
      outcome,
      seen: recorder.takeSeen().filter((one) => one !== 'GET /probe'),
    }
    assert.deepEqual(run, { pieces: run.pieces, outcome: expected, seen })
  }
}

function describePieces(pieces: readonly Buffer[]): string {
  return `segments of ${pieces.map(({ length }) => length).join(', ')} bytes`
}
