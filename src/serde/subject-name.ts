/** Subject names for the schemas of keys and values. */

/** The strategies, named after their Java classes. */
export type SubjectNameStrategy =
  | 'TopicNameStrategy'
  | 'RecordNameStrategy'
  | 'TopicRecordNameStrategy'

/** The part of a record that a schema describes. */
export type RecordPart = 'key' | 'value'

/** The strategy needs a record name, and the schema has none. */
export class NamelessSchemaError extends Error {
  override readonly name = 'NamelessSchemaError'
}

/**
 * Returns the subject of a schema.
 * @param recordName the name of the schema's record; only two of the strategies use it
 * @throws {NamelessSchemaError} when the strategy needs the name and it is absent
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
