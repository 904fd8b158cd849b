/** A client behind a plain round-robin balancer: each request goes to the next process. */

import type { Headers } from '../rest-client.ts'
import { type Body, RestClient, type RestResponse } from '../rest-client.ts'

/** Sends each request to the next of several processes. Its own connections are theirs. */
export class RoundRobin extends RestClient {
  readonly #clients: readonly RestClient[]
  #next = 0

  constructor(urls: readonly string[]) {
    super(urls[0] as string)
    this.#clients = urls.map((url) => new RestClient(url))
  }

  override send(
    method: string,
    path: string,
    body?: Body,
    headers?: Headers,
  ): Promise<RestResponse> {
    const client = this.#clients[this.#next++ % this.#clients.length] as RestClient
    return client.send(method, path, body, headers)
  }

  override close(): void {
    for (const client of this.#clients) client.close()
    super.close()
  }
}
