/** The registry's URLs in fail-over order. */

/** One URL of the registry. */
export interface Endpoint {
  /** The URL without credentials and without a trailing slash; safe to log. */
  readonly url: string
  /** Headers of every request; may contain credentials. */
  readonly headers: Readonly<Record<string, string>>
}

/** The URLs in their configured order, rotated to the one that succeeded last. */
export class Endpoints {
  readonly #all: readonly Endpoint[]
  #first = 0

  /** @param all at least one */
  constructor(all: readonly Endpoint[]) {
    this.#all = all
  }

  /** Returns the URLs in the order of attempts. */
  inOrder(): readonly Endpoint[] {
    return [...this.#all.slice(this.#first), ...this.#all.slice(0, this.#first)]
  }

  /** Moves a URL that succeeded to the front. */
  prefer(endpoint: Endpoint): void {
    this.#first = Math.max(0, this.#all.indexOf(endpoint))
  }
}
