/** All scenarios, in the order in which they run. */
import type { Scenario } from './scenario.ts'
import { BODY_SCENARIOS } from './scenarios/bodies.ts'
import { CLIENT_SCENARIOS } from './scenarios/clients.ts'
import { endingWorkers } from './scenarios/ending-workers.ts'
import { FORMAT_SCENARIOS } from './scenarios/formats.ts'
import { HEAD_SCENARIOS } from './scenarios/heads.ts'
import { LIST_SCENARIOS } from './scenarios/lists.ts'
import { LOGIN_SCENARIOS } from './scenarios/logins.ts'
import { READ_SCENARIOS } from './scenarios/reads.ts'
import { SCHEMA_SCENARIOS } from './scenarios/schemas.ts'
import { UPLOAD_SCENARIOS } from './scenarios/uploads.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...SCHEMA_SCENARIOS,
  ...FORMAT_SCENARIOS,
  endingWorkers,
  ...BODY_SCENARIOS,
  ...UPLOAD_SCENARIOS,
  ...LIST_SCENARIOS,
  ...HEAD_SCENARIOS,
  ...LOGIN_SCENARIOS,
  ...READ_SCENARIOS,
  ...CLIENT_SCENARIOS,
]
