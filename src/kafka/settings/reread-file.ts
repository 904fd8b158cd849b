/** A file that requests use, and that is read again when it has changed. */
import { ValueFault } from '../../config/index.ts'
import { fileVersion } from '../../file-watch.ts'
import type { Logger } from '../../log.ts'
import { StoreError } from '../../tls/stores.ts'

/** A changed file is noticed with the first use after this time. */
const CHECK_MS = 1000

/** The content of a file, as it was when it could last be read. */
export class RereadFile<Content> {
  readonly #key: string
  readonly #path: string
  readonly #read: () => Content
  readonly #log: Logger
  #content: Content
  #version: string
  #checkedAt = performance.now()

  /**
   * Reads the file. Throws what `read` throws.
   *
   * @param key the setting that names the file, for the log
   * @param path empty for a content that is not in a file
   * @param read throws a `ValueFault` or a `StoreError` for an unusable content, which keeps the one before
   */
  constructor(key: string, path: string, read: () => Content, log: Logger) {
    this.#key = key
    this.#path = path
    this.#read = read
    this.#log = log
    this.#version = path === '' ? '' : fileVersion(path)
    this.#content = read()
  }

  /** The content. Looks at the file at most once a second. */
  get content(): Content {
    const now = performance.now()
    if (this.#path !== '' && now - this.#checkedAt > CHECK_MS) {
      this.#checkedAt = now
      this.#readIfChanged()
    }
    return this.#content
  }

  #readIfChanged(): void {
    const version = fileVersion(this.#path)
    if (version === this.#version) return
    this.#version = version
    try {
      this.#content = this.#read()
      this.#log.info(`${this.#key} was read again`)
    } catch (error) {
      if (!(error instanceof ValueFault) && !(error instanceof StoreError)) throw error
      const reason = `expected ${error.message}`
      const fault = `${this.#key} cannot be read again: the old credentials stay in use`
      this.#log.error({ reason }, fault)
    }
  }
}
