/** The schemas of a worker, as the configuration has them. */
import type { Config } from '../config/index.ts'
import { maxMessageBytes } from '../kafka/settings/client-config.ts'
import { Schemas, type SchemasOptions } from '../serde/schemas.ts'
import { subjectName } from '../serde/subject-name.ts'

/** @param parts those that the configuration does not have */
export function configuredSchemas(
  config: Config,
  parts: Pick<SchemasOptions, 'source' | 'compilers' | 'busy' | 'refused'>,
): Schemas {
  const strategies = {
    key: config['schema.registry.key.subject.name.strategy'],
    value: config['schema.registry.value.subject.name.strategy'],
  }
  return new Schemas({
    ...parts,
    policy: {
      subjectOf: (part, topic, name) => subjectName(strategies[part], topic, part, name),
      registersTexts: config['schema.registry.auto.register.schemas'],
      usesLatest: config['schema.registry.use.latest.version'],
    },
    nullIsEmpty: config['null.request.body.always.publishes.empty.record'],
    maxTextBytes: config['sluice.schema.record.max.bytes'],
    maxPayloadBytes: maxMessageBytes(config),
    timeoutMs: config['sluice.schema.registry.timeout.ms'],
  })
}
