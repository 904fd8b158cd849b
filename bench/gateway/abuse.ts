/** What other clients notice while the hostile lane sends its worst schemas, values and records. */
import { createTopic } from '../../test/cluster/topics.ts'
import { run, SHORT } from '../../test/hostile/scenario.ts'
import { FORMAT_SCENARIOS } from '../../test/hostile/scenarios/formats.ts'
import type { Row, Stage } from './row.ts'

const P999_MS = 20
const LOOP_MS = 50

/** Two rows for each scenario: the times of `/healthy`, and the event loop's longest work. */
export async function measureAbuse({ bootstrapServers }: Stage): Promise<Row[]> {
  const kafka = {
    bootstrapServers,
    createTopic: (name: string, options?: Parameters<typeof createTopic>[2]) =>
      createTopic(bootstrapServers, name, options),
    stop: async () => {},
  }
  const rows: Row[] = []
  for (const scenario of FORMAT_SCENARIOS) {
    const finding = await run(scenario, SHORT, kafka)
    const { problems, questions, p999Ms, waitMs, loopMs, peakMb } = finding
    if (problems.length > 0) throw new Error(`${scenario.name}: ${problems.join('\n')}`)
    const what = `\`${scenario.name}\` of the hostile lane`
    rows.push(
      {
        section: 'Abuse',
        what: `${what}: p99.9 of \`/healthy\``,
        value: `${p999Ms} ms`,
        detail: `${questions} questions, the longest ${waitMs} ms; at most ${peakMb} MiB resident`,
        target: `≤ ${P999_MS} ms`,
        isReached: p999Ms <= P999_MS,
      },
      {
        section: 'Abuse',
        what: `${what}: longest work of the event loop before an answer`,
        value: `${loopMs} ms`,
        detail: 'CPU time of its thread',
        target: `≤ ${LOOP_MS} ms`,
        isReached: loopMs <= LOOP_MS,
      },
    )
  }
  return rows
}
