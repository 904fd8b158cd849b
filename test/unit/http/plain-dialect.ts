/** A dialect for tests of the parts of HTTP that are the same in every dialect. */
import { textOf } from '../../../src/http/body-text.ts'
import type { Dialect } from '../../../src/http/dialect.ts'

export const PLAIN_DIALECT: Dialect = {
  decodeQuery: () => ({}),
  decodeBody: (body) => JSON.parse(textOf(body)),
  encodeError: ({ code, message }) => JSON.stringify({ error_code: code, message }),
  typeOfError: (_error, { accepted }) => accepted?.type ?? 'application/json',
}

/** The parts of a route that tests of the server do not depend on. */
export const PLAIN_ROUTE = {
  summary: 'A route.',
  query: {},
  consumes: 'any',
  produces: [{ type: 'application/json', quality: 1 }],
  responses: {},
  errors: [],
} as const
