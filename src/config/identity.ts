/** Whether the principals of requests act in Kafka as themselves, from the keys that define it. */

import type { Findings, Setting } from './findings.ts'
import type { Values } from './keys/index.ts'

/** Whether each request uses Kafka with the credentials of its principal. */
export function propagatesIdentity(values: Values): boolean {
  return (
    values['sluice.kafka.identity'] === 'propagate' ||
    values['kafka.rest.resource.extension.class'].length > 0
  )
}

/** Adds the faults of keys that need each other. */
export function checkIdentity(
  values: Values,
  originals: ReadonlyMap<string, Setting>,
  findings: Findings,
): void {
  const fault = (key: string, expected: string) =>
    findings.faultAt(originals.get(key), key, expected)
  const file = values['sluice.kafka.credentials.file']
  if (!propagatesIdentity(values)) {
    if (file !== '') {
      fault(
        'sluice.kafka.credentials.file',
        'no value without sluice.kafka.identity=propagate, which has to be set with it',
      )
    }
    return
  }
  if (file === '') {
    fault(
      'sluice.kafka.credentials.file',
      'a JAAS file with the Kafka credentials of the principals, because their identity is propagated',
    )
  }
  if (values['sluice.embedded']) {
    fault('sluice.embedded', 'false, because the embedded cluster knows no principals')
  }
}
