/** Runs a case against a proxy: makes what it takes for granted, asks, and judges the answers. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case, Deviation, Expectation, GivenConsumer, GivenTopic, Step } from './case.ts'
import { judge } from './expectation.ts'
import { type Answer, send } from './request.ts'
import { MEDIA_TYPES, substitute, textAt } from './variables.ts'

/** Where cases run. */
export interface RestProxy {
  readonly url: string
  /** Resolves when the topic has leaders. */
  createTopic(name: string, topic: GivenTopic): Promise<void>
  /** Variables besides those that every case has. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * `same`: the expected answer; `known`: another answer, the one that a deviation names;
 * `stale`: a deviation is named, and there is none; `unasked`: there was no way to make the case's
 * topics, so that nothing is known; `different`: anything else.
 */
export interface Outcome {
  readonly verdict: 'same' | 'known' | 'stale' | 'unasked' | 'different'
  /** Why; empty for `same` and `known`. */
  readonly faults: readonly string[]
}

const SAME: Outcome = { verdict: 'same', faults: [] }
/** Between two tries. */
const PAUSE_MS = 100

/** Runs a case. Doesn't throw: a proxy that does not answer is different. */
export async function runCase(
  each: Case,
  proxy: RestProxy,
  deviation?: Deviation,
): Promise<Outcome> {
  const run = new Run(each, proxy)
  try {
    await run.makeTopics()
  } catch (error) {
    return { verdict: 'unasked', faults: [(error as Error).message] }
  }
  try {
    await run.setUp()
    return await run.steps(deviation)
  } catch (error) {
    return { verdict: 'different', faults: [String(error)] }
  } finally {
    await run.tearDown()
  }
}

class Run {
  readonly #case: Case
  readonly #proxy: RestProxy
  readonly #variables: Map<string, string>
  readonly #instances: string[] = []

  constructor(each: Case, proxy: RestProxy) {
    this.#case = each
    this.#proxy = proxy
    const unique = randomUUID().slice(0, 13)
    const { protocol, host, port } = new URL(proxy.url)
    const names = ['g', 'h', ...Object.keys(each.topics ?? {})]
    this.#variables = new Map([
      ...Object.entries(MEDIA_TYPES),
      ...Object.entries(proxy.variables),
      ...Object.entries({ scheme: protocol.slice(0, -1), host, port }),
      ...names.map((name): [string, string] => [name, `conformance-${name}-${unique}`]),
      // A topic that nobody has made.
      ['missing', `conformance-missing-${unique}`],
    ])
  }

  async makeTopics(): Promise<void> {
    for (const [name, topic] of Object.entries(this.#case.topics ?? {})) {
      await this.#proxy.createTopic(this.#value(name), topic)
    }
  }

  async setUp(): Promise<void> {
    const { records = [], consumers = {} } = this.#case
    for (const { topic, type, records: given } of records) {
      await this.#need({
        send: `POST /topics/\${${topic}}`,
        headersSent: { 'content-type': type },
        body: { records: given },
        status: 200,
      })
    }
    for (const [name, consumer] of Object.entries(consumers)) await this.#make(name, consumer)
  }

  async #make(name: string, { settings = {}, assign, subscribe }: GivenConsumer): Promise<void> {
    const defaults = { 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' }
    const { json } = await this.#need({
      // Each in a group of its own.
      send: `POST /consumers/\${g}-${name}`,
      body: { ...defaults, ...settings },
      status: 200,
    })
    const path = `/consumers/${this.#value('g')}-${name}/instances/${textAt(json, '/instance_id')}`
    this.#variables.set(name, path)
    this.#instances.push(path)
    const partitions = assign?.map((topic) => ({ topic: `\${${topic}}`, partition: 0 }))
    const topics = subscribe?.map((topic) => `\${${topic}}`)
    if (partitions) await this.#order(`${path}/assignments`, { partitions })
    if (topics) await this.#order(`${path}/subscription`, { topics })
  }

  #order(path: string, body: object): Promise<Answer> {
    return this.#need({ send: `POST ${path}`, body, status: 204 })
  }

  /** What a case takes for granted. */
  async #need(step: Step): Promise<Answer> {
    const answer = await this.#ask(step)
    const faults = judge(answer, step)
    if (faults.length > 0)
      throw new Error(`before the first step, ${step.send}: ${faults.join('; ')}`)
    return answer
  }

  async steps(deviation?: Deviation): Promise<Outcome> {
    const { steps } = this.#case
    for (const [index, step] of steps.entries()) {
      const instead = deviation?.step === index + 1 ? deviation.instead : undefined
      const outcome = await this.#step(step, instead, `step ${index + 1}, ${step.send}: `)
      if (outcome.verdict !== 'same') return outcome
    }
    if (!deviation || deviation.step <= steps.length) return SAME
    throw new Error(`A deviation names step ${deviation.step} of ${steps.length}.`)
  }

  async #step(step: Step, instead: Expectation | undefined, at: string): Promise<Outcome> {
    let outcome: Outcome = SAME
    for (let tries = step.tries ?? 1; tries > 0; tries--) {
      const answer = await this.#ask(step)
      outcome = this.#judge(answer, step, instead)
      if (outcome.verdict !== 'different') {
        this.#keep(step, answer)
        return outcome
      }
      if (tries > 1) await sleep(PAUSE_MS)
    }
    return { ...outcome, faults: outcome.faults.map((fault) => at + fault) }
  }

  #judge(answer: Answer, step: Step, instead: Expectation | undefined): Outcome {
    const faults = judge(answer, substitute(step, this.#variables))
    if (instead === undefined) {
      return faults.length === 0 ? SAME : { verdict: 'different', faults }
    }
    if (faults.length === 0) {
      return { verdict: 'stale', faults: ['it is the expected answer: remove the deviation'] }
    }
    const others = judge(answer, substitute(instead, this.#variables))
    if (others.length === 0) return { verdict: 'known', faults: [] }
    return { verdict: 'different', faults: others.map((fault) => `other than the known: ${fault}`) }
  }

  async #ask(step: Step): Promise<Answer> {
    const { send: line, headersSent = {}, body, textSent, pauseMs = 0 } = step
    await sleep(pauseMs)
    const [method = '', target = ''] = substitute(line, this.#variables).split(' ')
    return send(this.#proxy.url, {
      method,
      target,
      headers: substitute(headersSent, this.#variables),
      body:
        body === undefined
          ? this.#text(textSent)
          : JSON.stringify(substitute(body, this.#variables)),
    })
  }

  #text(text: string | undefined): string | undefined {
    return text === undefined ? undefined : substitute(text, this.#variables)
  }

  #keep({ keep = {} }: Step, { json }: Answer): void {
    for (const [name, pointer] of Object.entries(keep)) {
      this.#variables.set(name, textAt(json, pointer))
    }
  }

  #value(name: string): string {
    return substitute(`\${${name}}`, this.#variables)
  }

  async tearDown(): Promise<void> {
    const requests = this.#instances.map((target) =>
      send(this.#proxy.url, { method: 'DELETE', target, headers: {}, body: undefined }),
    )
    await Promise.allSettled(requests)
  }
}
