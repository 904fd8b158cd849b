/** Consumed records to JSON: the engine's renderer, and what JavaScript would do. */
import { createRequire } from 'node:module'
import type * as Addon from '../native-bindings/index.d.ts'
import type { Trial } from './trial.ts'

const native: typeof Addon = createRequire(import.meta.url)('../native-bindings')

const RECORDS = 100
const FORMATS = { binary: 0, json: 1, string: 2 }

function stringify(value: (bytes: Buffer) => unknown, bytes: Buffer): string {
  const records = Array.from({ length: RECORDS }, (_, offset) => ({
    topic: 'orders',
    key: null,
    value: value(bytes),
    partition: 3,
    offset,
  }))
  return JSON.stringify(records)
}

function trial(
  name: string,
  format: keyof typeof FORMATS,
  bytes: Buffer,
  value: (bytes: Buffer) => unknown,
): Trial {
  return {
    name,
    unit: 'record',
    operations: [
      {
        name: 'engine',
        things: RECORDS,
        run: () => native.renderRecord(FORMATS[format], 'orders', 3, 4711, null, bytes, RECORDS),
      },
      { name: 'JavaScript', things: RECORDS, run: () => stringify(value, bytes) },
    ],
  }
}

const text = Buffer.alloc(100, 'some text, "quoted" ')
const json = Buffer.from('{"id":4711,"name":"a name","price":12.5,"tags":["a","b"],"ok":true}')

export const TRIALS: readonly Trial[] = [
  trial('Render binary records of 100 bytes', 'binary', text, (bytes) => bytes.toString('base64')),
  trial('Render json records of 67 bytes', 'json', json, (bytes) => JSON.parse(bytes.toString())),
  trial('Render string records of 100 bytes', 'string', text, (bytes) => bytes.toString()),
  trial('Base64 of 100 kB', 'binary', Buffer.alloc(100_000, 'x'), (bytes) =>
    bytes.toString('base64'),
  ),
]
