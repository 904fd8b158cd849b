/** What a load test is sent to: a Sluice and a Kafka of its own, or a deployment that runs. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { startKafka } from '../test/cluster/kafka.ts'
import { startSluice } from '../test/cluster/sluice.ts'

/** Where the load goes. */
export interface Target {
  readonly url: string
  /** The process to watch; undefined when it is not on this machine. */
  readonly pid: number | undefined
  /**
   * Ends what was started for the run; `passed` tells how it went. Answers whether all is well
   * after that: a Sluice of our own must end by itself on SIGTERM. If not, prints its last lines.
   */
  close(passed: boolean): Promise<boolean>
}

/**
 * The deployment at `SLUICE_URL`, with `SLUICE_PID` if it is to be watched; without that a fresh
 * one-broker Kafka, with `topics` of 8 partitions, and a Sluice on it.
 */
export async function openTarget(topics: readonly string[]): Promise<Target> {
  const { SLUICE_URL: url, SLUICE_PID: pid } = process.env
  if (url) return await runningTarget(url.replace(/\/$/, ''), pid)
  // Brings dist/ up to date, so that what is measured is what is written.
  execFileSync(process.execPath, [join(import.meta.dirname, '../scripts/setup.mjs')], {
    stdio: 'inherit',
  })
  console.log('Starting Apache Kafka and Sluice…')
  const kafka = await startKafka({ heapMb: 1024 })
  try {
    for (const topic of topics) await kafka.createTopic(topic, { partitions: 8 })
    const sluice = await startSluice(kafka.bootstrapServers)
    return {
      url: sluice.url,
      pid: sluice.pid,
      async close(passed) {
        const ending = await sluice.stop()
        await kafka.stop()
        if (passed && ending?.code === 0) return true
        const tail = sluice.log().split('\n').slice(-40).join('\n')
        console.error(`Sluice ended with ${JSON.stringify(ending)}. The end of its log:\n${tail}`)
        return false
      },
    }
  } catch (error) {
    await kafka.stop()
    throw error
  }
}

async function runningTarget(url: string, pid: string | undefined): Promise<Target> {
  const response = await fetch(url).catch(({ cause }) => String(cause))
  if (typeof response === 'string' || !response.ok) {
    throw new Error(`No Sluice answers at ${url}: ${response}`)
  }
  return { url, pid: pid ? Number(pid) : undefined, close: async (passed) => passed }
}
