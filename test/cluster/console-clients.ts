/**
 * The exact witness: Kafka's own console producer and consumer. They keep null, empty and absent
 * apart everywhere, and header bytes as they are, at the price of a second a call.
 */
import { randomUUID } from 'node:crypto'
import { runKafkaTool } from './kafka-tool.ts'

/** A record of text without line breaks, which is all that the console producer can send. */
export interface TextRecord {
  key: string | null
  value: string | null
  headers?: [name: string, value: string | null][]
}

/** A record exactly as it is stored. */
export interface ExactRecord {
  partition: number
  offset: number
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: [name: string, value: Buffer | null][]
}

/** Produces records in order, with Kafka's default partitioner. */
export async function consoleProduce(
  bootstrapServers: string,
  topic: string,
  records: readonly TextRecord[],
): Promise<void> {
  const { field, item, name, nothing } = separators()
  const lines = records.map(({ key, value, headers = [] }) => {
    const pairs = headers.map((header) => `${header[0]}${name}${header[1] ?? nothing}`)
    const fields = [pairs.join(item) || nothing, key ?? nothing, value ?? nothing]
    return `${fields.join(field)}\n`
  })
  if (lines.some((line) => /[\r\n]./.test(line))) {
    throw new TypeError('The console producer takes a line break for the end of a record.')
  }
  await runKafkaTool(
    'org.apache.kafka.tools.ConsoleProducer',
    [
      ...['--bootstrap-server', bootstrapServers, '--topic', topic],
      ...properties({
        'parse.key': 'true',
        'parse.headers': 'true',
        'headers.delimiter': field,
        'headers.separator': item,
        'headers.key.separator': name,
        'key.separator': field,
        'null.marker': nothing,
      }),
    ],
    { input: lines.join('') },
  )
}

/**
 * Reads the first `count` records of a topic, ordered by partition, then offset. Throws when no
 * further record comes for a minute. A header's name ends at its first colon.
 */
export async function consoleConsume(
  bootstrapServers: string,
  topic: string,
  count: number,
): Promise<ExactRecord[]> {
  const { field, item, line, nothing } = separators()
  const stdout = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', bootstrapServers, '--topic', topic, '--from-beginning'],
    ...['--max-messages', String(count), '--timeout-ms', '60000'],
    ...properties({
      'print.timestamp': 'true',
      'print.partition': 'true',
      'print.offset': 'true',
      'print.headers': 'true',
      'print.key': 'true',
      'key.separator': field,
      'headers.separator': item,
      'line.separator': line,
      'null.literal': nothing,
    }),
  ])
  // As Latin-1 every byte is one character, so that splitting cannot harm what is no UTF-8.
  const lines = stdout.toString('latin1').split(line).slice(0, -1)
  if (lines.length < count) {
    throw new Error(`The console consumer found ${lines.length} of ${count} records in ${topic}.`)
  }
  const bytes = (text: string) => (text === nothing ? null : Buffer.from(text, 'latin1'))
  const records = lines.map((text): ExactRecord => {
    const [timestamp = '', partition = '', offset = '', headers = '', key = '', value = ''] =
      text.split(field)
    return {
      partition: labelledNumber(partition),
      offset: labelledNumber(offset),
      timestamp: labelledNumber(timestamp),
      key: bytes(key),
      value: bytes(value),
      headers: headers === 'NO_HEADERS' ? [] : headers.split(item).map(toHeader),
    }
  })
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)

  function toHeader(text: string): [string, Buffer | null] {
    const colon = text.indexOf(':')
    const name = Buffer.from(text.slice(0, colon), 'latin1').toString()
    return [name, bytes(text.slice(colon + 1))]
  }
}

/** Marks that are drawn for one call, so that no record can contain them. */
function separators() {
  const mark = randomUUID()
  return {
    field: `<field ${mark}>`,
    item: `<item ${mark}>`,
    name: `<name ${mark}>`,
    line: `<line ${mark}>`,
    nothing: `<nothing ${mark}>`,
  }
}

function properties(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([key, value]) => ['--property', `${key}=${value}`])
}

/** The number in `Partition:3`. */
function labelledNumber(text: string): number {
  return Number(text.slice(text.indexOf(':') + 1))
}
