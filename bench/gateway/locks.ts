/** How often threads wait for each other: calls of futex, by the number of event loops. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyLoad, produceLoad } from '../wrk.ts'
import type { Row, Stage } from './row.ts'
import { startProxy } from './server.ts'

const LOOPS = [1, 2, 4]
const CONNECTIONS = 256
const SECONDS = 4
/** strace attaches to all threads. */
const ATTACH_MS = 1_000

/** One record a request. strace slows the proxy down, so that only the calls count, and not their time. */
export async function measureLocks(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('locks')
  const counts: string[] = []
  for (const loops of LOOPS) {
    const proxy = await startProxy(stage.bootstrapServers, { 'sluice.http.threads': `${loops}` })
    const load = produceLoad(`${proxy.url}/topics/${topic}`, CONNECTIONS, SECONDS, 1, 100)
    await applyLoad({ ...load, seconds: 1 })
    const counted = countFutexes(proxy.meter.pid, SECONDS + ATTACH_MS / 1000 + 1)
    await sleep(ATTACH_MS)
    const { requests } = await applyLoad(load)
    const { calls, errors } = await counted
    const per = (count: number) => Math.round((count * 1000) / requests)
    counts.push(`${loops}: ${per(calls)}, of which ${per(errors)} returned an error`)
    await proxy.stop()
  }
  return [
    {
      section: 'Produce',
      what: 'Produce, one record a request, 256 connections: calls of futex per 1 000 requests',
      value: counts[0]?.split(/[:,] /)[1] ?? '',
      detail: `by event loops: ${counts.join('; ')}`,
    },
  ]
}

/** Those of all threads of a process, for so many seconds. `errors` are mostly EAGAIN: the lock was free by then. */
function countFutexes(pid: number, seconds: number): Promise<{ calls: number; errors: number }> {
  const strace = ['strace', '-f', '-c', '-e', 'trace=futex', '-p', `${pid}`]
  return new Promise((resolve) => {
    execFile('timeout', ['-s', 'INT', `${seconds}`, ...strace], (_error, _stdout, stderr) => {
      const [, calls = 0, errors = 0] = /(\d+) +(\d+)? +futex/.exec(stderr) ?? []
      resolve({ calls: Number(calls), errors: Number(errors) })
    })
  })
}
