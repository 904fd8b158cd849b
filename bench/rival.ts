/**
 * `npm run bench:rival -- URL`: the same load on any proxy with Confluent's v2 API. Prints records per second, and with the proxy's
 * process ids its CPU time per record.
 */
import { parseArgs } from 'node:util'
import { BENCH_PACKAGES, ensureSystemPackages } from '../scripts/system-packages.mjs'
import { createTopic } from '../test/cluster/topics.ts'
import { BINARY, V2 } from '../test/media-types.ts'
import { median, short, spread } from './gateway/row.ts'
import { ProcessMeter } from './process-meter.ts'
import { Backlog } from './rival/backlog.ts'
import { applyLoad, produceLoad } from './wrk.ts'

const USAGE = `Usage: npm run bench:rival -- URL [options]

  --topic NAME       an empty topic that exists; with eight partitions figures are comparable
  --bootstrap LIST   creates a topic of eight partitions there instead
  --pid PID          a process of the proxy, for its CPU time; may be repeated
  --rounds N         of each load; 3 when absent
  --seconds N        of each round; 5 when absent

Run each proxy on the same machine, Kafka and number of rounds, one after another, and nothing else beside them. Kafka keeps what is
written: about a gigabyte for a minute of a fast proxy.
`

const PARTITIONS = 8
const BYTES = 100

/** What a load was answered with. */
interface Figures {
  readonly perSecond: number
  /** Undefined without the ids of processes. */
  readonly cpuMicros: number | undefined
}

const options = readArguments()
ensureSystemPackages(BENCH_PACKAGES)
const topic = options.topic ?? (await newTopic(options.bootstrap as string))
await checkProduce()
console.log(`${options.url}, topic ${topic}, ${options.rounds} rounds of ${options.seconds} s`)
console.log(`Values of ${BYTES} bytes in base64, without keys. Middle (least–greatest).\n`)
await report('produce, 100 records a request, 64 connections', () => produce(64, 100))
await report('produce, 1 record a request, 256 connections', () => produce(256, 1))
await report('read that backlog, one instance', readBacklog)
process.exit(0)

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        topic: { type: 'string' },
        bootstrap: { type: 'string' },
        pid: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '5' },
      },
    })
    const [url] = positionals
    if (positionals.length !== 1 || url === undefined || !URL.canParse(url)) {
      return fail('Name the URL of one REST proxy, such as http://localhost:8082.')
    }
    if ((values.topic === undefined) === (values.bootstrap === undefined)) {
      return fail('Give --topic or --bootstrap.')
    }
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
    if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(seconds) && seconds > 0)) {
      return fail('--rounds and --seconds are whole numbers above 0.')
    }
    const meters = values.pid.map((pid) => new ProcessMeter(Number(pid)))
    const { topic: named, bootstrap } = values
    return { url: url.replace(/\/$/, ''), topic: named, bootstrap, meters, rounds, seconds }
  } catch (error) {
    return fail((error as Error).message)
  }
}

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`)
  process.exit(2)
}

async function newTopic(bootstrapServers: string): Promise<string> {
  const name = `rival-${Date.now()}`
  await createTopic(bootstrapServers, name, { partitions: PARTITIONS })
  return name
}

/** The load generator sees statuses only; a proxy may answer 200 for records that were not written. */
async function checkProduce(): Promise<void> {
  const response = await fetch(`${options.url}/topics/${topic}`, {
    method: 'POST',
    headers: { 'content-type': BINARY, accept: V2 },
    body: '{"records":[{"value":"YQ=="}]}',
  })
  const text = await response.text()
  if (response.ok && !/"error_code":\s*[1-9]/.test(text)) return
  console.error(`Producing to ${topic} fails: ${response.status} ${text}`)
  process.exit(1)
}

async function produce(connections: number, records: number): Promise<Figures> {
  const url = `${options.url}/topics/${topic}`
  const load = produceLoad(url, connections, options.seconds, records, BYTES)
  const cpu = startMeter()
  const { requests, requestsPerSecond } = await applyLoad(load)
  return { perSecond: requestsPerSecond * records, cpuMicros: cpu(requests * records) }
}

/** Ends before the time is over when there are no more records. */
async function readBacklog(): Promise<Figures> {
  const backlog = await Backlog.open(options.url, topic)
  const cpu = startMeter()
  const started = performance.now()
  let end = started
  let total = 0
  while (end - started < options.seconds * 1000) {
    const records = await backlog.read()
    if (records === 0) break
    total += records
    end = performance.now()
  }
  const figures = { perSecond: total / ((end - started) / 1000), cpuMicros: cpu(total) }
  await backlog.close()
  if (total === 0) throw new Error('The backlog was too small to measure.')
  return figures
}

/** A function from a number of records to the CPU time for each since now. */
function startMeter(): (records: number) => number | undefined {
  const read = () => options.meters.reduce((sum, meter) => sum + meter.cpuSeconds(), 0)
  const before = read()
  return (records) =>
    options.meters.length === 0 ? undefined : ((read() - before) * 1e6) / records
}

async function report(what: string, measure: () => Promise<Figures>): Promise<void> {
  const rounds: Figures[] = []
  for (let round = 0; round < options.rounds; round++) rounds.push(await measure())
  const rates = rounds.map(({ perSecond }) => perSecond)
  const cpu = rounds.flatMap(({ cpuMicros }) => cpuMicros ?? [])
  const range = `${short(Math.min(...rates))}–${short(Math.max(...rates))}`
  const cost = cpu.length === 0 ? '' : `, ${spread(cpu)} µs of CPU a record`
  console.log(`${what}: ${short(median(rates))} records/s (${range})${cost}`)
}
