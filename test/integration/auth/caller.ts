/** A client that shows credentials with each request. */
import type { KafkaUser } from '../../cluster/users.ts'
import type { RestClient } from '../rest-client.ts'
import type { Answer, UserClient } from '../rights-table.ts'

/** Returns the Authorization header of a user with a password. */
export function basic({ name, password }: KafkaUser): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** A client of one proxy, or of several, with credentials, which may change. */
export class Caller implements UserClient {
  readonly #rest: RestClient
  authorization: string

  constructor(rest: RestClient, authorization: string) {
    this.#rest = rest
    this.authorization = authorization
  }

  send(method: string, path: string, body?: object, type = 'json.v2+json'): Promise<Answer> {
    return this.#rest.send(method, path, body, {
      authorization: this.authorization,
      accept: path.includes('/records') ? 'application/vnd.kafka.json.v2+json' : '*/*',
      ...(body && {
        'content-type': path.startsWith('/v3')
          ? 'application/json'
          : `application/vnd.kafka.${type}`,
      }),
    })
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path)
  }

  post(path: string, body: object, type?: string): Promise<Answer> {
    return this.send('POST', path, body, type)
  }
}
