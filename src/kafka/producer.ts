/** Produces bodies: one crossing to the engine per request, one answer when all is acknowledged. */
import { RestError } from '../errors.ts'
import type { ClientProperties } from './client-config.ts'
import { call, FORMATS, type FormatName, mailbox, native, type Reply } from './native.ts'

/** A produce body: the socket's memory, which is copied at once, or one that was collected. */
export type ProduceBody = Parameters<InstanceType<typeof native.Producer>['produce']>[3]

/** What became of a request whose records were all handed to Kafka. */
export interface ProduceResult {
  /** The response's JSON (contract v2, 6.2). */
  readonly json: string | Uint8Array
  /** 200; 401 or 403 when Kafka refused a record for who we are (contract v2, 6.4). */
  readonly status: number
  /** The number of records that were not written. */
  readonly failed: number
}

/** Leaves the partition to the record, or to the partitioner. */
export const ANY_PARTITION = -1

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
  produce(
    topic: string,
    partition: number,
    format: FormatName,
    body: ProduceBody,
  ): Promise<ProduceResult> {
    return new Promise((resolve, reject) => {
      const ticket = mailbox.open({
        onReply: ({ text, code, count }) => resolve({ json: text, status: code, failed: count }),
        onError: reject,
      })
      if (this.#native.produce(topic, partition, FORMATS[format], body, ticket)) return
      mailbox.close(ticket)
      reject(new RestError('TOO_MANY_REQUESTS'))
    })
  }

  /** Waits up to `timeoutMs` for what is in flight. Resolves to the number of records lost. */
  async close(timeoutMs: number): Promise<number> {
    const { count }: Reply = await call((ticket) => this.#native.close(timeoutMs, ticket))
    return count
  }
}
