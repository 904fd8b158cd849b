/** The simple language, with schemas and values that end the thread which works on them. */
import type { Schema } from '../../../src/schema-registry/schema.ts'
import type { Codec, Compile } from '../../../src/serde/codec.ts'
import type { Compilers } from '../../../src/serde/formats.ts'
import { compileSimple } from '../../unit/serde/fake-schemas.ts'

/** A schema that takes for ever to compile, and one that takes all memory. */
export const HANGS = 'any hangs'
export const GROWS = 'any grows'
/** A schema whose values do the same, if they are these. */
export const FATAL_VALUES = 'any fatal'

/** Compiles it with a string in the place of `hang` and `grow`. */
const compileFatal: Compile = (schema: Schema): Codec => {
  const [, name] = schema.text.split(' ')
  if (name === 'hangs') hang()
  if (name === 'grows') grow()
  const codec = compileSimple(schema)
  if (name !== 'fatal') return codec
  const live = (json: string) => {
    if (json.startsWith('"hang')) hang()
    if (json.startsWith('"grow')) grow()
  }
  return {
    recordName: codec.recordName,
    encode(json) {
      live(json)
      return codec.encode(json)
    },
    decode(payload) {
      const json = codec.decode(payload)
      // What a producer of Kafka's has written.
      if (json.startsWith('"read ')) live(`"${json.slice('"read '.length)}`)
      return json
    },
  }
}

function hang(): never {
  for (;;) Math.random()
}

function grow(): never {
  const all: number[][] = []
  for (;;) all.push(new Array<number>(10_000).fill(all.length))
}

export const COMPILERS: Compilers = {
  AVRO: async () => compileFatal,
  JSON: async () => compileFatal,
  PROTOBUF: async () => compileFatal,
}
