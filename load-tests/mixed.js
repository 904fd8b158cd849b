/** Producing and reading at the same time: 6 000 records a second, one group of 4 behind them. */
import { LATENCY, MEMBER_SCENARIOS } from './end-to-end.js'
import { CORRECTNESS, DURATION } from './v2-requests.js'

export { produceTimed, readAndCommit, setup, teardown } from './end-to-end.js'

export const options = {
  teardownTimeout: '3m',
  scenarios: {
    ...MEMBER_SCENARIOS,
    produce: {
      executor: 'constant-arrival-rate',
      rate: 300,
      preAllocatedVUs: 100,
      duration: DURATION,
      exec: 'produceTimed',
    },
  },
  thresholds: { ...CORRECTNESS, ...LATENCY },
}
