/** What a record costs by the number of records in a request, and a byte by the size of values. */
import { measureRequests } from './produce.ts'
import { median, type Row, type Stage } from './row.ts'
import { startProxy } from './server.ts'

const RECORDS = [1, 10, 100, 1000, 10_000]
const BYTES = [100, 1000, 10_000, 100_000]
const ROUNDS = 3
const SECONDS = 3
/** What noise may make of a figure that does not rise. */
const TOLERANCE = 1.05

/** CPU of the proxy. */
export async function measureCostBySize(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('sizes')
  const proxy = await startProxy(stage.bootstrapServers)
  await measureRequests(proxy, topic, 64, 100, 100, 2)
  const cost = async (records: number, bytes: number): Promise<number> => {
    const figures: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const connections = records * bytes > 100_000 ? 8 : 64
      const { cpuMicrosPerRecord } = await measureRequests(
        proxy,
        topic,
        connections,
        records,
        bytes,
        SECONDS,
      )
      figures.push(cpuMicrosPerRecord)
    }
    return median(figures)
  }
  const perRecord: number[] = []
  for (const records of RECORDS) perRecord.push(await cost(records, 100))
  const perByte: number[] = []
  for (const bytes of BYTES) perByte.push(((await cost(10, bytes)) * 1000) / bytes)
  await proxy.stop()
  return [
    row('Cost per record, 1 to 10 000 records a request', RECORDS, perRecord, 'µs'),
    row('Cost per byte, values of 100 B to 100 kB', BYTES, perByte, 'ns'),
  ]
}

function row(what: string, sizes: readonly number[], costs: readonly number[], unit: string): Row {
  const falls = costs.every(
    (each, index) => index === 0 || each <= (costs[index - 1] ?? 0) * TOLERANCE,
  )
  return {
    section: 'Cost by size',
    what,
    value: falls ? 'never rises' : 'rises',
    detail: sizes.map((size, index) => `${size}: ${costs[index]?.toFixed(2)} ${unit}`).join(', '),
    target: 'never rises with size',
    isReached: falls,
  }
}
