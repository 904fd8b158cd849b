/**
 * A produce request in a format with schemas. The engine has parsed it and holds the JSON texts of its keys and values;
 * serde encodes them to payloads.
 */
import { bodyRefusal } from './body-refusal.ts'
import { call, native, type ProduceBody, type Reply } from './native.ts'

/** The schema of the keys or of the values, as the request gives it. */
export interface GivenSchema {
  readonly id?: number
  readonly text?: string
}

/** The schemas in the engine's reply. */
interface SchemaMembers {
  readonly key_schema: string | null
  readonly key_schema_id: number | null
  readonly value_schema: string | null
  readonly value_schema_id: number | null
}

/** Holds memory of the engine until it is produced or released. */
export class ProduceDraft {
  /** The engine's object, for the producer. */
  readonly native: InstanceType<typeof native.Draft>
  /** The number of records. */
  readonly count: number
  /** The members of the request; absent members are undefined. */
  readonly key: GivenSchema
  readonly value: GivenSchema

  private constructor(draft: InstanceType<typeof native.Draft>, { text, count }: Reply) {
    const json = typeof text === 'string' ? text : Buffer.from(text).toString()
    const members = JSON.parse(json) as SchemaMembers
    this.native = draft
    this.count = count
    this.key = given(members.key_schema_id, members.key_schema)
    this.value = given(members.value_schema_id, members.value_schema)
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

  /**
   * Copies JSON texts of records to `texts`, beginning with the record `first`. A record has the text of its key and
   * then the text of its value. `sizes` receives their sizes in bytes, two for each record, -1 for null. Returns the
   * number of records that fit. For 0, `sizes` has the sizes of the first record.
   */
  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    return this.native.readTexts(first, texts, sizes)
  }

  /** Appends copies of the payloads of the next records, in the same layout. Throws 413, 429 or 503. */
  append(payloads: Uint8Array, sizes: Int32Array): void {
    const code = this.native.append(payloads, sizes)
    if (code !== 0) throw bodyRefusal(code)
  }

  /** Frees the memory. No record is written. */
  release(): void {
    this.native.release()
  }
}

function given(id: number | null, text: string | null): GivenSchema {
  return { ...(id !== null && { id }), ...(text !== null && { text }) }
}
