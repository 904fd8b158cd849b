/** Whether the principals of requests act in Kafka as themselves, from the keys that define it. */

import type { Findings, Setting } from './findings.ts'
import type { Values } from './keys/index.ts'

/** Whose name is the principal of a request: that of a login or else of a certificate, or that of one of them only. */
export type PrincipalSource = 'any' | 'login' | 'certificate'

/** Whether each request uses Kafka with the credentials of its principal. */
export function propagatesIdentity(values: Values): boolean {
  return values['sluice.kafka.identity'] === 'propagate' || hasPlugIn(values)
}

/** Returns the source of principals. Confluent's plug-in knows one. */
export function principalSourceOf(values: Values): PrincipalSource {
  if (!hasPlugIn(values)) return 'any'
  return values['confluent.rest.auth.propagate.method'] === 'SSL' ? 'certificate' : 'login'
}

/** Returns the key of the file with the credentials of principals. */
export function keyOfCredentials(
  values: Values,
): 'sluice.kafka.credentials.file' | 'sluice.auth.jaas.file' {
  const hasOwn = values['sluice.kafka.credentials.file'] !== ''
  return hasOwn ? 'sluice.kafka.credentials.file' : 'sluice.auth.jaas.file'
}

function hasPlugIn(values: Values): boolean {
  return values['kafka.rest.resource.extension.class'].length > 0
}

/** Adds the faults of keys that need each other. */
export function checkIdentity(
  values: Values,
  originals: ReadonlyMap<string, Setting>,
  findings: Findings,
): void {
  const key = 'sluice.kafka.credentials.file'
  if (!propagatesIdentity(values)) {
    if (values[key] === '') return
    const expected = 'no value without sluice.kafka.identity=propagate, which has to be set with it'
    findings.faultAt(originals.get(key), key, expected)
    return
  }
  if (values[keyOfCredentials(values)] === '') {
    const expected =
      'a JAAS file with the Kafka credentials of the principals, because their identity is propagated'
    findings.faultAt(originals.get(key), key, expected)
  }
  if (values['sluice.embedded']) {
    const expected = 'false, because the embedded cluster knows no principals'
    findings.faultAt(originals.get('sluice.embedded'), 'sluice.embedded', expected)
  }
}
