/** Schemas of strangers: in requests, and in the answers of a registry that lies. */

import { AVRO, JSON_SCHEMA, PROTOBUF } from '../client.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const MIB = 2 ** 20
/** A refusal of the body, of the schema, or of what a registry says. */
const REFUSALS = [400, 408, 413, 422]

const LANGUAGES = [AVRO, JSON_SCHEMA, PROTOBUF]

/** Sends a text as the schema of values or of keys. */
async function sendSchema(target: Target, type: string, member: string, text: string) {
  const body = Buffer.from(`{"${member}":"${text}","records":[{"key":1,"value":1}]}`)
  await target.expect(REFUSALS, { method: 'POST', path: `/topics/${target.topic}`, type, body })
}

const brackets: Scenario = {
  name: 'brackets',
  what: 'Schemas of 60 MiB of brackets, in the three languages',
  async attack(target) {
    for (const [index, type] of LANGUAGES.entries()) {
      const member = index % 2 === 0 ? 'value_schema' : 'key_schema'
      const text = ['[', '{', '[]'][index] ?? ''
      await sendSchema(target, type, member, text.repeat((60 * MIB) / text.length))
    }
  },
}

export const SCHEMA_SCENARIOS: readonly Scenario[] = [brackets]
