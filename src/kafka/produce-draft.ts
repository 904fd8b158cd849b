/**
 * A produce request in a format with schemas. The engine has parsed it and holds the JSON texts of its keys and values; a
 * worker for schemas encodes them to payloads.
 */
import { bodyRefusal } from './body-refusal.ts'
import { call, native, type ProduceBody, type Reply } from './native.ts'

/** Holds memory of the engine until it is produced or released. */
export class ProduceDraft {
  /** The engine's object, for jobs and for the producer. */
  readonly native: InstanceType<typeof native.Draft>
  /** The number of records. */
  readonly count: number
  /** The same for the same schemas: 0 or more. */
  readonly route: number
  /** Whether the request names a schema. */
  readonly hasSchema: boolean

  private constructor(
    draft: InstanceType<typeof native.Draft>,
    { code, count, records = 0 }: Reply,
  ) {
    this.native = draft
    this.count = count
    this.route = code
    this.hasSchema = records > 0
  }

  /** Parses a body and takes its memory over. Rejects with the error of an invalid body, and when memory is short. */
  static async parse(body: ProduceBody): Promise<ProduceDraft> {
    const draft = new native.Draft()
    try {
      const reply = await call((ticket) => {
        const code = draft.parse(body, ticket)
        if (code !== 0) throw bodyRefusal(code)
      })
      return new ProduceDraft(draft, reply)
    } catch (error) {
      // Otherwise the memory would count until the garbage collector finds the draft.
      draft.release()
      throw error
    }
  }

  /** Frees the memory. No record is written. */
  release(): void {
    this.native.release()
  }
}
