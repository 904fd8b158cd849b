/** A client of an https listener that shows a certificate. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { Identity } from '../../certificates.ts'
import type { Answer, UserClient } from '../rights-table.ts'

/** An answer, with the header of refusals that pass. */
export interface ClientAnswer extends Answer {
  readonly retryAfter: string | undefined
}

/** A client with a certificate, or without one. */
export class CertificateClient implements UserClient {
  readonly #port: number
  readonly #agent: Agent
  #login: Readonly<Record<string, string>> = {}

  /** @param authority that of the server */
  constructor(port: number, authority: Identity, own?: Identity) {
    const pair = own && { cert: readFileSync(own.cert), key: readFileSync(own.key) }
    this.#port = port
    this.#agent = new Agent({ ca: readFileSync(authority.cert), keepAlive: true, ...pair })
  }

  send(method: string, path: string, body?: object, type = 'json.v2+json'): Promise<ClientAnswer> {
    const text = body && JSON.stringify(body)
    const headers = {
      ...this.#login,
      accept: path.endsWith('/records') ? 'application/vnd.kafka.json.v2+json' : '*/*',
      ...(text !== undefined && {
        'content-type': path.startsWith('/v3')
          ? 'application/json'
          : `application/vnd.kafka.${type}`,
        'content-length': Buffer.byteLength(text),
      }),
    }
    const options = { host: '127.0.0.1', port: this.#port, path, method, agent: this.#agent }
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, headers }, async (response) => {
        const answer = Buffer.concat(await response.toArray()).toString()
        resolve({
          status: response.statusCode ?? 0,
          body: answer === '' ? undefined : JSON.parse(answer),
          text: answer,
          retryAfter: response.headers['retry-after'],
        })
      })
      sent.on('error', reject).end(text)
    })
  }

  get(path: string): Promise<ClientAnswer> {
    return this.send('GET', path)
  }

  post(path: string, body: object, type?: string): Promise<ClientAnswer> {
    return this.send('POST', path, body, type)
  }

  /** From now on requests have a name and a password; empty: none. */
  login(pair: string): this {
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    this.#login = pair === '' ? {} : { authorization }
    return this
  }

  close(): void {
    this.#agent.destroy()
  }
}
