/** What is attacked: a Sluice as an operator runs it, on a real Kafka, with a registry that lies. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SharedKafka } from '../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../cluster/sluice.ts'
import { FaultyRegistry } from '../integration/schema-registry/faulty-registry.ts'
import { JSON_V2, V2 } from '../media-types.ts'
import { type Answer, Client, type Shot } from './client.ts'

/** The heap of a small container: a request that needs much of it ends the process. */
const HEAP_MB = 512

/** How long everything that a scenario has left may take to be gone. */
const CLEAN_MS = 20_000

/** Gauges that are zero when nothing is going on. */
const IDLE_GAUGES = [
  'sluice_consumer_instances',
  'sluice_consume_reads',
  'sluice_consume_buffered_bytes',
  'sluice_http_arriving_bytes',
  'sluice_produce_inflight_bytes',
  'sluice_produce_inflight_records',
  'sluice_schema_jobs',
]

/** The settings of memory that the image has, which an operator without it would set as well. */
function imageEnvironment(): Record<string, string> {
  const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
  const settings = [...dockerfile.matchAll(/\b(MALLOC_\w+)=(\d+)/g)]
  if (settings.length === 0) throw new Error('The Dockerfile sets no MALLOC_ variable.')
  return Object.fromEntries(settings.map(([, name = '', value = '']) => [name, value]))
}

/** See the top of this file. `stop` it. */
export class Target {
  readonly kafka: SharedKafka
  readonly sluice: Sluice
  readonly registry: FaultyRegistry
  readonly client: Client
  /** With four partitions; what happens to it is the scenario's matter. */
  readonly topic: string
  /** Only `works` writes to it. */
  readonly #healthyTopic: string
  /** By status, how many answers there were. */
  readonly answers: Record<string, number> = {}
  readonly problems = new Set<string>()

  private constructor(kafka: SharedKafka, sluice: Sluice, registry: FaultyRegistry, name: string) {
    this.kafka = kafka
    this.sluice = sluice
    this.registry = registry
    this.client = new Client(sluice.url)
    this.topic = name
    this.#healthyTopic = `${name}-healthy`
  }

  static async start(kafka: SharedKafka, config: Record<string, string> = {}): Promise<Target> {
    const registry = await FaultyRegistry.start()
    const settings = {
      'schema.registry.url': registry.url,
      'sluice.log.format': 'json',
      ...config,
    }
    const sluice = await startSluice(
      kafka.bootstrapServers,
      settings,
      [`--max-old-space-size=${HEAP_MB}`],
      { ...process.env, ...imageEnvironment() },
    )
    const target = new Target(kafka, sluice, registry, `hostile-${randomUUID()}`)
    await kafka.createTopic(target.topic, { partitions: 4 })
    await kafka.createTopic(target.#healthyTopic, { partitions: 1 })
    return target
  }

  get pid(): number {
    if (this.sluice.pid === undefined) throw new Error(`Sluice has ended: ${tail(this.sluice)}`)
    return this.sluice.pid
  }

  /** Sends a request. An answer with another status than these is a problem. */
  async expect(statuses: readonly number[], shot: Shot): Promise<Answer> {
    const answer = await this.client.send(shot)
    this.note(answer.status)
    if (!statuses.includes(answer.status)) {
      const { status, text } = answer
      const path = shot.path.slice(0, 60)
      this.problems.add(`${shot.method} ${path}: ${status || 'none'} ${text.slice(0, 200)}`)
    }
    return answer
  }

  /** Counts an answer that was had by other means. */
  note(status: number): void {
    const name = status === 0 ? 'none' : String(status)
    this.answers[name] = (this.answers[name] ?? 0) + 1
  }

  /** Makes a consumer instance and returns its path. */
  async instance(members: Record<string, string> = {}): Promise<string> {
    const settings = { format: 'binary', 'auto.offset.reset': 'earliest', ...members }
    const body = JSON.stringify(settings)
    const answer = await this.client.send({
      method: 'POST',
      path: `/consumers/group-${randomUUID()}`,
      body,
    })
    if (answer.status !== 200) throw new Error(`No instance: ${answer.status} ${answer.text}`)
    return new URL(JSON.parse(answer.text).base_uri).pathname
  }

  /** Deletes an instance. */
  async end(instance: string): Promise<void> {
    await this.client.send({ method: 'DELETE', path: instance })
  }

  /** Produces a record, and reads it. Throws when one of these fails. */
  async works(): Promise<void> {
    const value = randomUUID()
    const produced = await this.client.send({
      method: 'POST',
      path: `/topics/${this.#healthyTopic}`,
      type: JSON_V2,
      body: JSON.stringify({ records: [{ value }] }),
    })
    if (produced.status !== 200 || !produced.text.includes('"error_code":null')) {
      throw new Error(`Producing fails: ${produced.status} ${produced.text}`)
    }
    const instance = await this.instance({ format: 'json' })
    const topics = JSON.stringify({ topics: [this.#healthyTopic] })
    await this.client.send({ method: 'POST', path: `${instance}/subscription`, body: topics })
    const deadline = Date.now() + 60_000
    for (let found = false; !found; ) {
      if (Date.now() > deadline) throw new Error('A record that was produced is not read.')
      const { text } = await this.client.send({
        method: 'GET',
        path: `${instance}/records?timeout=1000`,
        headers: { accept: `${JSON_V2}, ${V2};q=0.5` },
      })
      found = text.includes(value)
    }
    await this.end(instance)
  }

  /** Notes what is still held though nobody asks for anything. */
  async checkIdle(): Promise<void> {
    const deadline = Date.now() + CLEAN_MS
    let held = await this.#held()
    while (held.length > 0 && Date.now() < deadline) {
      await sleep(200)
      held = await this.#held()
    }
    for (const line of held) this.problems.add(`still held: ${line}`)
  }

  /** Notes lines of the log that name a defect, and those that are no JSON. */
  checkLog(): void {
    for (const line of this.sluice.log().split('\n').filter(Boolean)) {
      if (isDefect(line)) this.problems.add(`log: ${JSON.stringify(line.slice(0, 500))}`)
    }
  }

  async stop(): Promise<void> {
    this.client.close()
    const ending = await this.sluice.stop()
    if (ending?.code !== 0) this.problems.add(`Sluice ended with ${JSON.stringify(ending)}`)
    await this.registry.stop()
  }

  async #held(): Promise<string[]> {
    const { text } = await this.client.send({ method: 'GET', path: '/metrics' })
    const lines = text.split('\n')
    return IDLE_GAUGES.flatMap((name) => {
      const line = lines.find((each) => each.startsWith(`${name} `))
      return line === `${name} 0` ? [] : [line ?? `${name} is not in /metrics`]
    })
  }
}

/** The log's message when the work on a schema has ended its thread. */
const ENDED_THREAD = 'the thread for a schema has ended'

/** How lines of the pretty log begin, and those that belong to the line above. */
const PRETTY = /^(?:\[\d\d:\d\d:\d\d\.\d{3}\] (?:DEBUG|INFO|WARN)| {4})/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** What the engine says of clients' mistakes is no defect of ours, nor that a schema takes too much. */
function isDefect(line: string): boolean {
  if (CONTROL.test(line)) return true
  if (PRETTY.test(line)) return false
  try {
    const { level, component, msg = '' } = JSON.parse(line)
    const isError = level === 'error' || level === 'fatal'
    return isError && component !== 'engine' && !msg.startsWith(ENDED_THREAD)
  } catch {
    return true
  }
}

function tail(sluice: Sluice): string {
  return sluice.log().slice(-3000)
}
