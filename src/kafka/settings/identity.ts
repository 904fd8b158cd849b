/** The credentials with which a principal acts in Kafka. */

/** A user of Kafka, with its secret: never in a log, an error or an output. */
export interface KafkaIdentity {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** Whether two identities are the same user with the same secret. */
export function isSameIdentity(one: KafkaIdentity, other: KafkaIdentity): boolean {
  return (
    one.mechanism === other.mechanism &&
    one.username === other.username &&
    one.password === other.password
  )
}
