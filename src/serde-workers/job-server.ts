/** Does the jobs of a worker. */
import { type JobServer as Jobs, native } from '../kafka/native.ts'
import type { ResponseLimits } from '../serde/records/record-decoder.ts'
import type { SchemaIds, Schemas } from '../serde/schemas.ts'
import { DecodeJob } from './decode-job.ts'
import { answerFailure } from './failed-job.ts'
import { DraftTexts, StreamTexts } from './job-texts.ts'
import { ANSWERS, JOBS, NO_SCHEMA, NOTES, readEncodeText, readLogin } from './protocol.ts'

/** A worker has one. */
export class JobServer implements Jobs {
  readonly #schemasOf: (login: string | undefined) => Schemas
  /** Those that get notes. */
  readonly #decoding = new Map<number, DecodeJob>()

  /** @param schemasOf returns the schemas as the owner of a login may see them */
  constructor(schemasOf: (login: string | undefined) => Schemas) {
    this.#schemasOf = schemasOf
  }

  onJob(job: number, kind: number, given: string): void {
    const { login, text } = readLogin(given)
    const schemas = this.#schemasOf(login)
    if (kind === JOBS.decode) this.#decode(job, schemas, text)
    else if (kind === JOBS.encode) void this.#encode(job, schemas, text)
    else void this.#encodeStreamed(job, schemas, text)
  }

  onNote(id: number, kind: number, chunk: number, bytes: number, isLast: number): void {
    const job = this.#decoding.get(id)
    if (kind === NOTES.frames) job?.onFrames(chunk, bytes, isLast === 1)
    else if (kind === NOTES.taken) job?.onTaken()
    else job?.stop()
  }

  async #encode(job: number, schemas: Schemas, text: string): Promise<void> {
    const { type, topic } = readEncodeText(text)
    let ids: SchemaIds
    try {
      ids = await schemas.encode(type, topic, new DraftTexts(job))
    } catch (error) {
      answerFailure(job, error)
      return
    }
    native.answerJob(job, ids.key ?? NO_SCHEMA, ids.value ?? NO_SCHEMA, '')
  }

  async #encodeStreamed(job: number, schemas: Schemas, topic: string): Promise<void> {
    let members: string[]
    try {
      members = await schemas.encodeDescribed(topic, new StreamTexts(job))
    } catch (error) {
      answerFailure(job, error)
      return
    }
    native.answerJob(job, ANSWERS.done, 0, JSON.stringify(members))
  }

  #decode(id: number, schemas: Schemas, text: string): void {
    const end = () => this.#decoding.delete(id)
    const limits = JSON.parse(text) as ResponseLimits
    this.#decoding.set(id, new DecodeJob(id, schemas, limits, end))
  }
}
