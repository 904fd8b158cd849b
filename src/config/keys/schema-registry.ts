/** Keys of the schema registry and the formats that need one. */

import { unsupported } from '../define.ts'

/** Keys of the schema registry and the formats that need one. */
export const schemaRegistryKeys = {
  'schema.registry.url': unsupported('there are no formats with schemas', ['']),
  'null.request.body.always.publishes.empty.record': unsupported(
    'there are no formats with schemas',
    ['false'],
  ),
} as const
