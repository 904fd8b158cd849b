/**
 * Preloaded into a process under measurement: on SIGUSR2 it prints for how long the event loop came
 * round late since the last time, in milliseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 1

const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
histogram.enable()

process.on('SIGUSR2', () => {
  // An interval that is on time is counted too.
  const late = (ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS)
  const [p50, p99] = [50, 99].map((percent) => late(histogram.percentile(percent)))
  console.error(`event loop ${JSON.stringify({ p50, p99, max: late(histogram.max) })}`)
  histogram.reset()
})
