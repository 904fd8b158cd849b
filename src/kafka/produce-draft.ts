/**
 * A produce request in a format with schemas: the engine has parsed it, and waits for the payloads
 * that somebody makes of its JSON texts.
 */
import { bodyRefusal } from './body-refusal.ts'
import { call, native, type ProduceBody, type Reply } from './native.ts'

/** What a request says of the schema of its keys, or of its values. */
export interface GivenSchema {
  readonly id?: number
  readonly text?: string
}

/** What the engine says of the schemas, in JSON. */
interface SchemaMembers {
  readonly key_schema: string | null
  readonly key_schema_id: number | null
  readonly value_schema: string | null
  readonly value_schema_id: number | null
}

/** Holds memory until it was produced or released. */
export class ProduceDraft {
  /** For the producer. */
  readonly native: InstanceType<typeof native.Draft>
  /** How many records it has. */
  readonly count: number
  /** The same names as in the request: undefined where it says nothing. */
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

  /** Takes a body over. Rejects when it is refused, or when there is no room for it now. */
  static async parse(body: ProduceBody): Promise<ProduceDraft> {
    const draft = new native.Draft()
    try {
      const reply = await call((ticket) => {
        const code = draft.parse(body, ticket)
        if (code !== 0) throw bodyRefusal(code)
      })
      return new ProduceDraft(draft, reply)
    } catch (error) {
      // Nobody gets the draft. Its memory would count until the garbage collector finds it.
      draft.release()
      throw error
    }
  }

  /**
   * Copies the texts of the records from `first` on, of each the key's and then the value's, as long
   * as they have room, and their sizes in bytes, two a record, -1 for null. Returns of how many
   * records; when even the first has no room that is 0, and `sizes` has what it needs.
   */
  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    return this.native.readTexts(first, texts, sizes)
  }

  /** Takes copies of the payloads of the next records, in the same layout. Throws 413, 429 or 503. */
  append(payloads: Uint8Array, sizes: Int32Array): void {
    const code = this.native.append(payloads, sizes)
    if (code !== 0) throw bodyRefusal(code)
  }

  /** Gives the memory back; nothing of it will be written. */
  release(): void {
    this.native.release()
  }
}

function given(id: number | null, text: string | null): GivenSchema {
  return { ...(id !== null && { id }), ...(text !== null && { text }) }
}
