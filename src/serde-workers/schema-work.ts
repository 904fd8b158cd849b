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
import { encodeText, JOBS, NO_SCHEMA, withLogin } from './protocol.ts'

/** An event loop has one; and a view of it for each request whose caller has a login at the schema registry. */
export class SchemaWork {
  readonly #pool: WorkerPool
  readonly #log: Logger
  readonly #loginOf: () => string | undefined

  /** @param loginOf returns the value of Authorization at the schema registry; undefined for that of the process, if it has one */
  constructor(pool: WorkerPool, log: Logger, loginOf: () => string | undefined = () => undefined) {
    this.#pool = pool
    this.#log = log
    this.#loginOf = loginOf
  }

  /** The same work for a caller whose login the registry is shown. @param loginOf called for each job */
  as(loginOf: () => string | undefined): SchemaWork {
    return new SchemaWork(this.#pool, this.#log, loginOf)
  }

  /**
   * Gives payloads to all records of a draft. Rejects with a RestError when a schema or a record is invalid, or when time
   * runs out.
   */
  async encode(type: SchemaType, topic: string, draft: ProduceDraft): Promise<SchemaIds> {
    const { code, count } = await AnsweredJob.post(this.#pool, {
      kind: JOBS.encode,
      text: withLogin(this.#loginOf(), encodeText(type, topic)),
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
      const text = withLogin(this.#loginOf(), topic)
      const job = { kind: JOBS.encodeStreamed, text, records: stream, route }
      const reply = await AnsweredJob.post(this.#pool, job)
      members = JSON.parse(Buffer.from(reply.text).toString()) as string[]
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
    const text = withLogin(this.#loginOf(), JSON.stringify(limits))
    return new DecodedRead(this.#pool, sink, text, onDefect)
  }
}

function idOf(number: number): number | undefined {
  return number === NO_SCHEMA ? undefined : number
}
