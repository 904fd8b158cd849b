/** The schemas that the registry has shown to the callers of a thread. */
import { LRUCache } from 'lru-cache'
import { RIGHTS_MS } from '../schema-registry/caller-answers.ts'
import type { CompiledSchema } from './compiled-schemas.ts'

/** The registry, or the cache of the process, is asked again for those that are forgotten. */
const MAX_SHOWN = 10_000

/** Names of contents by ids. What was shown to one caller is nobody else's. */
export class ShownSchemas {
  readonly #contents = new LRUCache<string, string>({ max: MAX_SHOWN, perf: performance })
  readonly #loads = new Map<string, Promise<CompiledSchema>>()

  /** The ids that a caller has seen. @param caller a name that no other credentials have; undefined for the process itself */
  of(caller: string | undefined): ShownIds {
    return new ShownIds(this.#contents, this.#loads, caller)
  }
}

/** See ShownSchemas. */
export class ShownIds {
  readonly #contents: LRUCache<string, string>
  readonly #loads: Map<string, Promise<CompiledSchema>>
  readonly #prefix: string
  /** 0: for ever. */
  readonly #ttlMs: number

  constructor(
    contents: LRUCache<string, string>,
    loads: Map<string, Promise<CompiledSchema>>,
    caller: string | undefined,
  ) {
    this.#contents = contents
    this.#loads = loads
    this.#prefix = caller === undefined ? '' : `${caller} `
    this.#ttlMs = caller === undefined ? 0 : RIGHTS_MS
  }

  /** Returns the name of the schema's content; undefined if it was not shown, or too long ago. */
  contentOf(id: number): string | undefined {
    return this.#contents.get(this.#prefix + id)
  }

  /** The registry has shown a schema. */
  keep(id: number, content: string): void {
    this.#contents.set(this.#prefix + id, content, { ttl: this.#ttlMs })
  }

  /** Shares a load among all who want the schema meanwhile. */
  share(id: number, load: () => Promise<CompiledSchema>): Promise<CompiledSchema> {
    const key = this.#prefix + id
    const known = this.#loads.get(key)
    if (known) return known
    const loading = load().finally(() => this.#loads.delete(key))
    this.#loads.set(key, loading)
    return loading
  }
}
