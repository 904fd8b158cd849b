/** The schemas of a worker, as the configuration has them and as each caller may see them. */
import { hash } from 'node:crypto'
import type { Config } from '../config/index.ts'
import { maxMessageBytes } from '../kafka/settings/client-config.ts'
import { CompiledSchemas, MAX_SCHEMA_BYTES } from '../serde/compiled-schemas.ts'
import type { Compilers } from '../serde/formats.ts'
import type { Busy } from '../serde/limits/busy.ts'
import type { RefusedSchemas } from '../serde/limits/refused-schemas.ts'
import { SchemaRoom } from '../serde/limits/schema-room.ts'
import { Turns } from '../serde/limits/turns.ts'
import type { SchemaPolicy } from '../serde/schema-resolution.ts'
import type { SchemaSource } from '../serde/schema-source.ts'
import { Schemas } from '../serde/schemas.ts'
import { ShownSchemas } from '../serde/shown-schemas.ts'
import { subjectName } from '../serde/subject-name.ts'
import { type AnswerMemory, KeptAnswers } from './kept-answers.ts'

/** The parts of a worker that the configuration does not have. */
export interface WorkerParts {
  /** The registry as the owner of a login sees it. */
  readonly sourceOf: (login: string | undefined) => SchemaSource
  readonly answers: AnswerMemory
  readonly compilers: Compilers
  readonly busy: Busy
  readonly refused: RefusedSchemas
}

/**
 * Returns the function that makes the schemas of a caller, for a job. They are a view: what is kept is that of the worker, under a
 * name that only the same login has.
 */
export function configuredSchemas(
  config: Config,
  { sourceOf, answers, compilers, busy, refused }: WorkerParts,
): (login: string | undefined) => Schemas {
  const strategies = {
    key: config['schema.registry.key.subject.name.strategy'],
    value: config['schema.registry.value.subject.name.strategy'],
  }
  const shown = new ShownSchemas()
  const options = {
    compiled: new CompiledSchemas(compilers, busy, refused),
    busy,
    turns: new Turns(busy),
    room: new SchemaRoom(MAX_SCHEMA_BYTES),
    policy: {
      subjectOf: (part, topic, name) => subjectName(strategies[part], topic, part, name),
      registersTexts: config['schema.registry.auto.register.schemas'],
      usesLatest: config['schema.registry.use.latest.version'],
    } satisfies SchemaPolicy,
    nullIsEmpty: config['null.request.body.always.publishes.empty.record'],
    maxTextBytes: config['sluice.schema.record.max.bytes'],
    maxPayloadBytes: maxMessageBytes(config),
    timeoutMs: config['sluice.schema.registry.timeout.ms'],
  }
  const create = (login: string | undefined): Schemas => {
    const caller = login === undefined ? undefined : hash('sha256', login, 'base64url')
    const source = new KeptAnswers(sourceOf(login), answers, caller)
    return new Schemas({ ...options, source, shown: shown.of(caller) })
  }
  const shared = create(undefined)
  return (login) => (login === undefined ? shared : create(login))
}
