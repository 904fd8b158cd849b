/** The records of a job, which the engine lends to the worker until the job has its answer. */
import { bodyRefusal } from '../kafka/body-refusal.ts'
import { native } from '../kafka/native.ts'
import type { SchemaDescription } from '../serde/described-schemas.ts'
import type { GivenSchema } from '../serde/schema-resolution.ts'
import type { DescribedRecords, GivenSchemas, RecordsToEncode } from '../serde/schemas.ts'

/** The schemas of a draft, as the engine describes them. */
interface SchemaMembers {
  readonly key_schema: string | null
  readonly key_schema_id: number | null
  readonly value_schema: string | null
  readonly value_schema_id: number | null
}

/** Those of a draft. */
export class DraftTexts implements RecordsToEncode {
  readonly job: number
  readonly count: number

  constructor(job: number) {
    this.job = job
    this.count = native.recordCount(job)
  }

  readSchemas(): GivenSchemas {
    const members = JSON.parse(native.describeSchemas(this.job)) as SchemaMembers
    return {
      key: given(members.key_schema_id, members.key_schema),
      value: given(members.value_schema_id, members.value_schema),
    }
  }

  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    return native.readTexts(this.job, first, texts, sizes)
  }

  append(payloads: Uint8Array, sizes: Int32Array): void {
    const code = native.appendPayloads(this.job, payloads, sizes)
    if (code !== 0) throw bodyRefusal(code)
  }
}

function given(id: number | null, text: string | null): GivenSchema {
  return { ...(id !== null && { id }), ...(text !== null && { text }) }
}

/** Those of a stream. */
export class StreamTexts implements DescribedRecords {
  readonly job: number
  readonly count: number

  constructor(job: number) {
    this.job = job
    this.count = native.recordCount(job)
  }

  readDescriptions(): readonly SchemaDescription[] {
    return JSON.parse(native.describeSchemas(this.job)) as SchemaDescription[]
  }

  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    return native.readTexts(this.job, first, texts, sizes)
  }

  append(payloads: Uint8Array, sizes: Int32Array): number {
    return native.appendPayloads(this.job, payloads, sizes)
  }

  refuse(index: number, code: number, message: string): void {
    native.refuseRecord(this.job, index, code, message)
  }
}
