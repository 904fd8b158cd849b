/** Produces bodies: one crossing to the engine per request, one answer when all is acknowledged. */
import { bodyRefusal } from './body-refusal.ts'
import { call, FORMATS, type FormatName, native, type ProduceBody, type Reply } from './native.ts'
import type { ProduceDraft } from './produce-draft.ts'
import type { ClientProperties } from './settings/client-config.ts'

/** What became of a request whose records were all handed to Kafka. */
export interface ProduceResult {
  /** The response's JSON (docs/conformance.md#6.2). */
  readonly json: string | Uint8Array
  /** 200; 401 or 403 when Kafka refused the proxy's user for a record (docs/conformance.md#6.4-authorization). */
  readonly status: number
  /** The number of records that were not written. */
  readonly failed: number
}

/** Leaves the partition to the record, or to the partitioner. */
export const ANY_PARTITION = -1

const NO_SCHEMA = -1

/** The producer of the process. Makes no network call before the first record. */
export class Producer {
  readonly #native: InstanceType<typeof native.Producer>

  constructor({ properties }: ClientProperties) {
    this.#native = new native.Producer(properties.flat())
  }

  /**
   * Produces the records of a v2 body. Resolves when each has its delivery report. Rejects, with
   * nothing of it written, when the body is refused or there is no room for it now.
   */
  async produce(
    topic: string,
    partition: number,
    format: FormatName,
    body: ProduceBody,
  ): Promise<ProduceResult> {
    const reply = await call((ticket) => {
      const code = this.#native.produce(topic, partition, FORMATS[format], body, ticket)
      if (code !== 0) throw bodyRefusal(code)
    })
    return resultOf(reply)
  }

  /**
   * The same for a draft all of whose records have payloads. It is used up. The response has these
   * ids of schemas; undefined stands for none.
   */
  async produceDraft(
    topic: string,
    partition: number,
    draft: ProduceDraft,
    ids: { readonly key: number | undefined; readonly value: number | undefined },
  ): Promise<ProduceResult> {
    const { key = NO_SCHEMA, value = NO_SCHEMA } = ids
    const reply = await call((ticket) =>
      this.#native.produceDraft(topic, partition, draft.native, key, value, ticket),
    )
    return resultOf(reply)
  }

  /** Waits up to `timeoutMs` for what is in flight. Resolves to the number of records lost. */
  async close(timeoutMs: number): Promise<number> {
    const { count }: Reply = await call((ticket) => this.#native.close(timeoutMs, ticket))
    return count
  }
}

function resultOf({ text, code, count }: Reply): ProduceResult {
  return { json: text, status: code, failed: count }
}
