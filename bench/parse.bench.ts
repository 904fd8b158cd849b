/** Produce bodies to records: the engine's parser, and what JavaScript would do. */
import { createRequire } from 'node:module'
import type * as Addon from '../native-bindings/index.d.ts'
import type { Trial } from './trial.ts'

const native: typeof Addon = createRequire(import.meta.url)('../native-bindings')

const RECORDS = 100
const BINARY = 0
const JSON_FORMAT = 1

function bodyOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify({ records: Array(RECORDS).fill({ value }) }))
}

const base64 = bodyOf(Buffer.alloc(100, 'x').toString('base64'))
const json = bodyOf({ id: 4711, name: 'a name', price: 12.5, tags: ['a', 'b'], ok: true })

function parse(body: Buffer, toBytes: (value: never) => Buffer): Buffer[] {
  const { records } = JSON.parse(body.toString()) as { records: { value: never }[] }
  return records.map(({ value }) => toBytes(value))
}

export const TRIALS: readonly Trial[] = [
  {
    name: 'Parse 100 binary records of 100 bytes',
    unit: 'record',
    operations: [
      { name: 'engine', things: RECORDS, run: () => native.countProducedRecords(BINARY, base64) },
      {
        name: 'JSON.parse and Buffer.from',
        things: RECORDS,
        run: () => parse(base64, (value) => Buffer.from(value, 'base64')),
      },
    ],
  },
  {
    name: 'Parse 100 json records of 67 bytes',
    unit: 'record',
    operations: [
      {
        name: 'engine',
        things: RECORDS,
        run: () => native.countProducedRecords(JSON_FORMAT, json),
      },
      {
        name: 'JSON.parse and JSON.stringify',
        things: RECORDS,
        run: () => parse(json, (value) => Buffer.from(JSON.stringify(value))),
      },
    ],
  },
]
