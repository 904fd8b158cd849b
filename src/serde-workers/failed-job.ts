/** The answer of a job that has failed. */
import { RestError } from '../errors.ts'
import { native } from '../kafka/native.ts'
import { ANSWERS, refusalText } from './protocol.ts'

/** Ends a job with an error. */
export function answerFailure(job: number, error: unknown): void {
  if (error instanceof RestError) {
    native.answerJob(job, ANSWERS.refused, 0, refusalText(error))
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  native.answerJob(job, ANSWERS.defect, 0, text)
}
