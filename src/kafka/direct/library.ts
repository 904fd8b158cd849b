/**
 * The library that speaks Kafka's protocol beside librdkafka, for requests that librdkafka does not have. It is loaded in
 * the thread of calls to brokers, with the first of them.
 *
 * 1. It throws inside of events of its sockets when nobody listens to an error, and when a broker's SCRAM message is malformed.
 *    `connection.ts` listens to all errors, and catches those of SCRAM.
 * 2. With DEBUG in the environment it would write the bytes of its requests to standard error, passwords included. Here it is
 *    silenced.
 * 3. Its timers keep a process alive until a connection is closed. `connection.ts` closes every connection that it opens.
 */
import type * as Library from '@platformatic/kafka'

export type { Connection, SASLCustomAuthenticator, SASLOptions } from '@platformatic/kafka'

let loading: Promise<typeof Library> | undefined

/** Resolves to the library, which is loaded once in a thread. */
export function library(): Promise<typeof Library> {
  loading ??= import('@platformatic/kafka').then((loaded) => {
    for (const logger of Object.values(loaded.loggers)) logger.enabled = false
    return loaded
  })
  return loading
}
