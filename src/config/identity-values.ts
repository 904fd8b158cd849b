/** Values of the keys of the identity in Kafka. */

import { ValueFault } from './define.ts'

/** The mechanisms of SASL that take a name and a password. */
export const PASSWORD_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

/** A mechanism by which the credentials of a request are passed to Kafka. */
export type PassedMechanism = (typeof PASSWORD_MECHANISMS)[number] | 'OAUTHBEARER'

const PASSED: readonly PassedMechanism[] = [...PASSWORD_MECHANISMS, 'OAUTHBEARER']

/** Parses an item of `sluice.kafka.identity.pass.through`. Throws a `ValueFault`. */
export function parsePassedMechanism(text: string): PassedMechanism {
  const mechanism = PASSED.find((name) => name === text)
  if (mechanism) return mechanism
  throw new ValueFault(`one of ${PASSED.join(', ')}`)
}
