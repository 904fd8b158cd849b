/**
 * The watcher's process: `watcher.ts URL PID`. It asks `/healthy` every 50 ms, also while earlier
 * questions are open, and notes how much CPU time the event loop used between a question and its
 * answer. Other load of the machine delays the answer and not this figure. Only Linux counts the
 * CPU time of a thread in nanoseconds (`/proc/PID/task/TID/schedstat`).
 */
import { existsSync, readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { setPriority } from 'node:os'

/** What the questions since the last report have shown. */
export interface Watched {
  readonly questions: number
  /** Questions without an answer 200. */
  readonly unanswered: number
  /** The most CPU time that the loop used between a question and its answer. */
  readonly loopMs: number
  /** The longest time until an answer, which depends on the machine. */
  readonly waitMs: number
  /** The time below which 99.9 % of the answers came. It depends on the machine, too. */
  readonly p999Ms: number
  /** The most of it that the loop neither computed nor waited for a core: for a lock, or a disk. */
  readonly blockedMs: number
}

const INTERVAL_MS = 50
/** A question that is open for so long counts as unanswered. */
const PATIENCE_MS = 60_000

const [url = '', pid = ''] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxFreeSockets: 8 })
const NOTHING: Watched = {
  questions: 0,
  unanswered: 0,
  loopMs: 0,
  waitMs: 0,
  p999Ms: 0,
  blockedMs: 0,
}

let watched = { ...NOTHING }
let waits: number[] = []
let open = 0
let wantsReport = false

/**
 * CPU time of a process's main thread, and the time that it was ready and had no core. Zeros for a
 * process that has ended, whose questions nobody answers.
 */
function timesOf(id: string | number): { usedMs: number; delayedMs: number } {
  const path = `/proc/${id}/task/${id}/schedstat`
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const [used = 0, delayed = 0] = text.split(' ').map(Number)
  return { usedMs: used / 1e6, delayedMs: delayed / 1e6 }
}

function ask(): void {
  open++
  const before = { at: performance.now(), loop: timesOf(pid), own: timesOf(process.pid) }
  const request = get(`${url}/healthy`, { agent, timeout: PATIENCE_MS }, (response) => {
    const loop = timesOf(pid)
    // The loop goes on while an answer waits for this process, which must not count.
    const ownDelayMs = timesOf(process.pid).delayedMs - before.own.delayedMs
    const waitMs = performance.now() - before.at - ownDelayMs
    const loopMs = loop.usedMs - before.loop.usedMs
    const blockedMs = waitMs - loopMs - (loop.delayedMs - before.loop.delayedMs)
    watched.loopMs = Math.max(watched.loopMs, loopMs - ownDelayMs)
    watched.waitMs = Math.max(watched.waitMs, waitMs)
    waits.push(waitMs)
    watched.blockedMs = Math.max(watched.blockedMs, blockedMs)
    response.resume()
    close(response.statusCode === 200)
  })
  request.on('timeout', () => request.destroy())
  request.on('error', () => close(false))
}

function close(isAnswered: boolean): void {
  open--
  watched.questions++
  if (!isAnswered) watched.unanswered++
  report()
}

/** Sends the figures once all questions that were asked before have their answers. */
function report(): void {
  if (!wantsReport || open > 0) return
  wantsReport = false
  waits.sort((left, right) => left - right)
  process.send?.({ ...watched, p999Ms: waits[Math.floor((waits.length - 1) * 0.999)] ?? 0 })
  watched = { ...NOTHING }
  waits = []
}

try {
  setPriority(-10)
} catch {
  // Without the right to it the figures are a little less exact.
}
process.on('message', () => {
  wantsReport = true
  report()
})
process.on('disconnect', () => process.exit())
setInterval(() => {
  // No new question delays a report.
  if (!wantsReport) ask()
}, INTERVAL_MS)
