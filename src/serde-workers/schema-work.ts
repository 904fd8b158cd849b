/** The work on schemas and on records with schemas, as handlers of requests see it. Workers do it. */
import { RestError } from '../errors.ts'
import type { ReadSink } from '../kafka/consumer.ts'
import type { ProduceDraft } from '../kafka/produce-draft.ts'
import type { RecordStream } from '../kafka/record-stream.ts'
import type { Logger } from '../log.ts'
import type { SchemaType } from '../schema-registry/schema.ts'
import type { ResponseLimits } from '../serde/records/record-decoder.ts'
import type { SchemaIds } from '../serde/schemas.ts'
import { DecodedRead } from './decoded-read.ts'
import { AnsweredJob, type WorkerPool } from './pool.ts'
import { encodeText, JOBS, NO_SCHEMA } from './protocol.ts'

/** An event loop has one. */
export class SchemaWork {
  readonly #pool: WorkerPool
  readonly #log: Logger

  constructor(pool: WorkerPool, log: Logger) {
    this.#pool = pool
    this.#log = log
  }

  /**
   * Gives payloads to all records of a draft. Rejects with a RestError when a schema or a record is invalid, or when time
   * runs out.
   */
  async encode(type: SchemaType, topic: string, draft: ProduceDraft): Promise<SchemaIds> {
    const { code, count } = await AnsweredJob.post(this.#pool, {
      kind: JOBS.encode,
      text: encodeText(type, topic),
      records: draft.native,
      route: draft.route,
    })
    return { key: idOf(code), value: idOf(count) }
  }

  /**
   * Encodes records of a stream that wait for it, and lets the stream go on. Those that cannot be encoded are refused. Never
   * rejects.
   *
   * @param route the same for the same schemas
   */
  async encodeStreamed(topic: string, stream: RecordStream, route: number): Promise<void> {
    let members: string[]
    try {
      const job = { kind: JOBS.encodeStreamed, text: topic, records: stream, route }
      const { text } = await AnsweredJob.post(this.#pool, job)
      members = JSON.parse(Buffer.from(text).toString()) as string[]
    } catch (error) {
      const { code, message } = error instanceof RestError ? error : new RestError('INTERNAL')
      if (!(error instanceof RestError)) this.#log.error({ err: error }, 'records were not encoded')
      stream.refuseEncoding(code, message)
      return
    }
    stream.finishEncoding(members)
  }

  /** Returns the sink of a read, which writes the decoded records to `sink`. @param onDefect see DecodedRead */
  decode(sink: ReadSink, limits: ResponseLimits, onDefect: (error: Error) => void): DecodedRead {
    return new DecodedRead(this.#pool, sink, limits, onDefect)
  }
}

function idOf(number: number): number | undefined {
  return number === NO_SCHEMA ? undefined : number
}
