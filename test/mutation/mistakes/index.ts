/** Mistakes that somebody could make, chosen by hand. The first of them once survived every test. */
import type { Mutant } from '../mutant.ts'
import { API_MISTAKES } from './api.ts'
import { AUTH_MISTAKES } from './auth.ts'
import { CONSUMER_MISTAKES } from './consumer.ts'
import { EDGE_MISTAKES } from './edge.ts'
import { HTTP_MISTAKES } from './http.ts'
import { KAFKA_MISTAKES } from './kafka.ts'
import { SEEN_MISTAKES } from './seen.ts'
import { SERDE_MISTAKES } from './serde.ts'
import { SERDE_WORKER_MISTAKES } from './serde-workers.ts'
import { STREAM_MISTAKES } from './stream.ts'
import { V3_MISTAKES } from './v3.ts'

/** All of them. */
export const MISTAKES: readonly Mutant[] = [
  ...CONSUMER_MISTAKES,
  ...KAFKA_MISTAKES,
  ...STREAM_MISTAKES,
  ...HTTP_MISTAKES,
  ...API_MISTAKES,
  ...AUTH_MISTAKES,
  ...EDGE_MISTAKES,
  ...SEEN_MISTAKES,
  ...V3_MISTAKES,
  ...SERDE_MISTAKES,
  ...SERDE_WORKER_MISTAKES,
]
