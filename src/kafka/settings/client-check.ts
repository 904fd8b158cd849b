/**
 * Checks the settings of all clients with librdkafka, before a client is created. librdkafka reports each invalid
 * value, but only the first invalid file or combination.
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
import { UNUSABLE } from './client-stores.ts'
import type { Property } from './credentials.ts'

/** An error of librdkafka. One without a name concerns a file or a combination of properties. */
interface Refusal {
  readonly name: string
  readonly reason: string
}

/** Returns all faults that librdkafka finds, one for each setting. Takes some milliseconds for each client. */
export function checkWithLibrdkafka(config: Config): readonly Fault[] {
  const faults = [
    ...new ClientCheck(false, producerProperties(config)).faults(),
    ...new ClientCheck(true, consumerProperties(config, { group: 'check' })).faults(),
    ...new ClientCheck(false, adminProperties(config)).faults(),
  ]
  return [...new Map(faults.map((fault) => [fault.key, fault])).values()]
}

class ClientCheck {
  readonly #isConsumer: boolean
  readonly #givenBy: ReadonlyMap<string, Setting>
  readonly #findings = new Findings()
  #properties: readonly Property[]

  constructor(isConsumer: boolean, { properties, givenBy }: ClientProperties) {
    this.#isConsumer = isConsumer
    this.#properties = properties.filter(([, value]) => value !== UNUSABLE)
    this.#givenBy = givenBy
  }

  /** Removes refused settings and repeats the check, until librdkafka refuses no setting. */
  faults(): readonly Fault[] {
    this.#checkFiles()
    for (;;) {
      const refusals = this.#ask(this.#properties)
      for (const { name, reason } of refusals) if (name !== '') this.#refuse(name, reason)
      const reason = reasonOfWhole(refusals)
      if (reason === undefined) return this.#findings.faults
      const name = this.#findCause(reason)
      if (name === undefined) {
        this.#findings.faults.push({ ...SEVERAL_SETTINGS, expected: expectedOf(reason) })
        return this.#findings.faults
      }
      this.#refuse(name, reason)
    }
  }

  /** Checks files here, because OpenSSL does not name a missing file, and librdkafka does not open key tabs. */
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

  /** Returns the given property whose removal changes librdkafka's error. */
  #findCause(reason: string): string | undefined {
    const given = this.#properties.map(([name]) => name).filter((name) => this.#givenBy.has(name))
    // Without its security protocol librdkafka checks none of the properties for it, so it comes last.
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
      this.#findings.faults.push({ ...SEVERAL_SETTINGS, key: name, expected: expectedOf(reason) })
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

/** The place of a fault that several settings cause together. */
const SEVERAL_SETTINGS = { key: 'the settings of Kafka clients', source: 'together' }

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
