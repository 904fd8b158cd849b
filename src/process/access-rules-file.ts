/** The file of `sluice.access.rules`: read at the start, and again when it changes. */
import { readFileSync } from 'node:fs'
import { AccessRules } from '../access/access-rules.ts'
import { AccessRulesError } from '../access/rules.ts'
import { accessEndpointsOf } from '../api/access-control.ts'
import { routesOf } from '../api/routes.ts'
import { type Config, type Fault, findSetting } from '../config/index.ts'
import { FileWatch } from '../file-watch.ts'
import type { Logger } from '../log.ts'

const KEY = 'sluice.access.rules'
const MAX_BYTES = 2 ** 20

/** Returns the fault of an unusable file, if there is one. */
export function faultsOfAccessRules(config: Config): readonly Fault[] {
  try {
    readAccessRules(config)
    return []
  } catch (error) {
    const source = findSetting(KEY, config.originals)?.source ?? 'not set'
    return [{ key: KEY, expected: (error as Error).message, source }]
  }
}

/** Reads and parses the rules; undefined without a file. Throws an error that tells what was expected. */
export function parsedAccessRules(config: Config): AccessRules | undefined {
  const text = readAccessRules(config)
  return text === undefined ? undefined : parse(text, config)
}

/** The text of the file, once it was parsed; undefined without a file. */
function readAccessRules(config: Config): string | undefined {
  const file = config[KEY]
  if (file === '') return undefined
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new Error(`a file of rules: ${(error as Error).message}`)
  }
  if (bytes.length > MAX_BYTES) {
    throw new Error(`a file of at most ${MAX_BYTES} bytes, and ${file} has ${bytes.length}`)
  }
  const text = bytes.toString('utf8')
  parse(text, config)
  return text
}

function parse(text: string, config: Config): AccessRules {
  try {
    return new AccessRules(text, accessEndpointsOf(routesOf(config)))
  } catch (error) {
    if (!(error instanceof AccessRulesError)) throw error
    throw new Error(`a file of rules: ${config[KEY]}, ${error.message}`)
  }
}

/** Gives the rules of the file to the event loops. */
export class AccessRulesFile {
  readonly #config: Config
  readonly #log: Logger
  readonly #apply: (text: string) => Promise<void>
  readonly #watch: FileWatch
  #text: string | undefined
  #reloads = { done: 0, failed: 0 }
  #reloading: Promise<void> = Promise.resolve()

  /**
   * Reads the file. Throws for one that cannot be used.
   *
   * @param apply gives rules that were parsed to all event loops
   */
  constructor(config: Config, log: Logger, apply: (text: string) => Promise<void>) {
    this.#config = config
    this.#log = log
    this.#apply = apply
    const files = config[KEY] === '' ? [] : [config[KEY]]
    this.#watch = new FileWatch(
      () => files,
      () => this.reload('the file has changed'),
    )
    this.#text = readAccessRules(config)
  }

  /** The rules that were last read without a fault; undefined without a file. */
  get text(): string | undefined {
    return this.#text
  }

  /** The number of reloads. */
  get readings() {
    return {
      sluice_access_rules_reloads_total: [
        { labels: { result: 'success' }, value: this.#reloads.done },
        { labels: { result: 'failure' }, value: this.#reloads.failed },
      ],
    }
  }

  /** Watches the file. */
  start(): void {
    this.#watch.start()
  }

  stop(): void {
    this.#watch.stop()
  }

  /** Reads the file again, if there is one. A file that cannot be used changes nothing. Does not reject. */
  reload(reason: string): Promise<void> {
    if (this.#text === undefined) return Promise.resolve()
    this.#reloading = this.#reloading.then(() => this.#reload(reason))
    return this.#reloading
  }

  async #reload(reason: string): Promise<void> {
    try {
      const text = readAccessRules(this.#config) as string
      await this.#apply(text)
      this.#text = text
      this.#reloads.done++
      this.#log.info({ reason }, 'the rules of access were read again')
    } catch (error) {
      this.#reloads.failed++
      this.#log.error(
        { reason, err: error },
        'the rules of access cannot be read again: the old ones stay in use',
      )
    }
  }
}
