/**
 * librdkafka's own judgement of the settings of all clients, before any of them is made. librdkafka
 * names each value that it refuses, but of files and of combinations only the first.
 */

import { accessSync, constants } from 'node:fs'
import { type Config, type Fault, Findings, masked, type Setting } from '../../config/index.ts'
import { native } from '../native.ts'
import {
  adminProperties,
  type ClientProperties,
  consumerProperties,
  producerProperties,
} from './client-config.ts'
import type { Property } from './credentials.ts'

/** A refusal without a name concerns a file or a combination of properties. */
interface Refusal {
  readonly name: string
  readonly reason: string
}

/** Every fault that librdkafka finds, each setting once. Takes some milliseconds for each client. */
export function judgeClientSettings(config: Config): readonly Fault[] {
  const faults = [
    ...new Judgement(false, producerProperties(config)).faults(),
    ...new Judgement(true, consumerProperties(config, { group: 'check' })).faults(),
    ...new Judgement(false, adminProperties(config)).faults(),
  ]
  return [...new Map(faults.map((fault) => [fault.key, fault])).values()]
}

class Judgement {
  readonly #isConsumer: boolean
  readonly #givenBy: ReadonlyMap<string, Setting>
  readonly #findings = new Findings()
  #properties: readonly Property[]

  constructor(isConsumer: boolean, { properties, givenBy }: ClientProperties) {
    this.#isConsumer = isConsumer
    this.#properties = properties
    this.#givenBy = givenBy
  }

  /** Leaves out what was refused and asks again, until librdkafka refuses nothing more. */
  faults(): readonly Fault[] {
    this.#checkFiles()
    for (;;) {
      const refusals = this.#ask(this.#properties)
      for (const { name, reason } of refusals) if (name !== '') this.#refuse(name, reason)
      const reason = reasonOfWhole(refusals)
      if (reason === undefined) return this.#findings.faults
      const name = this.#findCause(reason)
      if (name === undefined) {
        this.#findings.faults.push({ ...TOGETHER, expected: expectedOf(reason) })
        return this.#findings.faults
      }
      this.#refuse(name, reason)
    }
  }

  /** OpenSSL does not say which file is missing, and librdkafka does not look for a key tab. */
  #checkFiles(): void {
    const protocol = new Map(this.#properties).get('security.protocol') ?? 'plaintext'
    for (const [name, path] of this.#properties) {
      const isUsed =
        (/\.location$/.test(name) && !/^(?:sasl_)?plaintext$/i.test(protocol)) ||
        (/\.keytab$/.test(name) && /^sasl_/i.test(protocol))
      const setting = this.#givenBy.get(name)
      if (!isUsed || !setting || path === 'probe') continue
      const problem = unreadable(path)
      if (problem === undefined) continue
      this.#findings.fault(setting, `a file that can be read: ${path}: ${problem}`)
      this.#properties = this.#without(setting)
    }
  }

  #ask(properties: readonly Property[]): readonly Refusal[] {
    const answer = native.checkClient(this.#isConsumer, properties.flat())
    return answer.flatMap((name, index) =>
      index % 2 === 0 ? [{ name, reason: answer[index + 1] ?? '' }] : [],
    )
  }

  /** The property that was given and without which librdkafka's objection is not the same. */
  #findCause(reason: string): string | undefined {
    const given = this.#properties.map(([name]) => name).filter((name) => this.#givenBy.has(name))
    // Without encryption or a login nothing of what belongs to it is judged: so this comes last.
    const rank = (name: string) =>
      reason.includes(name) ? 0 : name === 'security.protocol' ? 2 : 1
    const likeliestFirst = given.toSorted((a, b) => rank(a) - rank(b))
    return likeliestFirst.find((name) => {
      const rest = this.#without(this.#givenBy.get(name))
      return reasonOfWhole(this.#ask(rest)) !== reason
    })
  }

  #refuse(name: string, reason: string): void {
    const setting = this.#givenBy.get(name)
    if (setting) {
      this.#findings.fault(setting, expectedOf(this.#withoutSecrets(setting, reason)))
      this.#properties = this.#without(setting)
    } else {
      this.#findings.faults.push({ ...TOGETHER, key: name, expected: expectedOf(reason) })
      this.#properties = this.#properties.filter(([other]) => other !== name)
    }
  }

  #without(setting: Setting | undefined): readonly Property[] {
    return this.#properties.filter(([name]) => this.#givenBy.get(name) !== setting)
  }

  #withoutSecrets(setting: Setting, reason: string): string {
    if (masked(setting.key, setting.text) === setting.text) return reason
    const values = this.#properties.filter(([name]) => this.#givenBy.get(name) === setting)
    return [setting.text, ...values.map(([, value]) => value)]
      .filter((text) => text !== '')
      .reduce((text, secret) => text.replaceAll(secret, '[hidden]'), reason)
  }
}

/** The place of a fault that no single setting has caused. */
const TOGETHER = { key: 'the settings of Kafka clients', source: 'together' }

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

function reasonOfWhole(refusals: readonly Refusal[]): string | undefined {
  return refusals.find(({ name }) => name === '')?.reason
}

function expectedOf(reason: string): string {
  return `what librdkafka takes: ${reason}`
}
