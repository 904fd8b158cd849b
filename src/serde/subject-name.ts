/** Under which subject the schema of a topic's keys or values is registered. */

/** The strategies, by the names of their Java classes. */
export type SubjectNameStrategy =
  | 'TopicNameStrategy'
  | 'RecordNameStrategy'
  | 'TopicRecordNameStrategy'

/** Which part of a record a schema is for. */
export type RecordPart = 'key' | 'value'

/** What a schema must have a name for, and hasn't. */
export class NamelessSchemaError extends Error {
  override readonly name = 'NamelessSchemaError'
}

/**
 * The subject.
 * @param recordName what the schema calls its record; only needed by the strategies that use it
 * @throws {NamelessSchemaError} when it is needed and absent
 */
export function subjectName(
  strategy: SubjectNameStrategy,
  topic: string,
  part: RecordPart,
  recordName: string | undefined,
): string {
  switch (strategy) {
    case 'TopicNameStrategy':
      return `${topic}-${part}`
    case 'RecordNameStrategy':
      return required(recordName, strategy, part)
    case 'TopicRecordNameStrategy':
      return `${topic}-${required(recordName, strategy, part)}`
  }
}

function required(
  recordName: string | undefined,
  strategy: SubjectNameStrategy,
  part: RecordPart,
): string {
  if (recordName) return recordName
  throw new NamelessSchemaError(
    `The ${part}'s schema must be that of a named record, for the subject's name comes from it ` +
      `(${strategy}).`,
  )
}
