/** The addresses of the registry, what is sent to each, and which is asked first. */

/** One address. */
export interface Endpoint {
  /** Without credentials, and without a slash at its end; to be shown. */
  readonly url: string
  /** Sent with each request to it; may hold credentials. */
  readonly headers: Readonly<Record<string, string>>
}

/** The addresses in their order, beginning with the one that worked last. */
export class Endpoints {
  readonly #all: readonly Endpoint[]
  #first = 0

  /** @param all at least one */
  constructor(all: readonly Endpoint[]) {
    this.#all = all
  }

  /** The order in which to try them now. */
  inOrder(): readonly Endpoint[] {
    return [...this.#all.slice(this.#first), ...this.#all.slice(0, this.#first)]
  }

  /** It works: it is tried first from now on. */
  prefer(endpoint: Endpoint): void {
    this.#first = Math.max(0, this.#all.indexOf(endpoint))
  }
}
