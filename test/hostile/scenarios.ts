/** All scenarios, in the order in which they run. */
import type { Scenario } from './scenario.ts'
import { SCHEMA_SCENARIOS } from './scenarios/schemas.ts'

export const SCENARIOS: readonly Scenario[] = [...SCHEMA_SCENARIOS]
