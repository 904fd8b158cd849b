/** The real routes on a socket of the test's, with services of the test's behind them. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { apisOf } from '../../../src/api/routes.ts'
import type { Services, SharedServices } from '../../../src/api/services.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import { Dispatcher } from '../../../src/http/dispatch.ts'
import { Exchange } from '../../../src/http/exchange.ts'
import { fakeOwner } from '../http/fake-owner.ts'
import { FakeResponse, fakeRequest } from '../http/fake-response.ts'

const { config } = loadConfig({ sets: ['bootstrap.servers=127.0.0.1:1'] })

const V2_JSON = 'application/vnd.kafka.v2+json'

/** A request: what differs from a GET without a body that accepts anything. */
export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'HEAD'
  readonly query?: string
  /** Written as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
}

/** What came back. */
export interface Answered {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  /** The body, if it is JSON. */
  readonly json: unknown
  readonly exchange: Exchange<Services>
  readonly res: FakeResponse
}

/** Serves the routes with these services; a service that is not there must not be needed. */
export function serve(services: object) {
  const defects: unknown[] = []
  const dispatcher = new Dispatcher<Services>({
    apis: apisOf(config, services as SharedServices),
    basePath: '',
    maxBodyBytes: 1 << 20,
    maxHeaderBytes: 8192,
    observer: {
      onOver: () => {},
      onDefect: (_exchange, error) => {
        defects.push(error)
        return new RestError('INTERNAL')
      },
    },
  })
  const { owner } = fakeOwner<Services>({
    dialect: dispatcher.dialect,
    onOver: (exchange, aborted) => dispatcher.onOver(exchange, aborted),
  })

  /** Sends a request, and gives its handler a few turns to answer. */
  async function ask(path: string, asked: Asked = {}): Promise<Answered> {
    const text = asked.body === undefined ? '' : JSON.stringify(asked.body)
    const res = new FakeResponse()
    const request = fakeRequest({ ...headOf(asked, text !== ''), path })
    const exchange = new Exchange<Services>(res, request, owner)
    const use = dispatcher.accept(exchange)
    if (use.kind === 'unread') {
      use.answer()
    } else {
      await dispatcher.admit(exchange)
      dispatcher.run(exchange, new TextEncoder().encode(text).buffer as ArrayBuffer)
    }
    for (let turn = 0; turn < 3; turn++) await nextTurn()
    return {
      status: Number.parseInt(res.status, 10) || 0,
      headers: res.headers,
      text: res.received,
      json: jsonOf(res.received),
      exchange,
      res,
    }
  }
  return { ask, defects }
}

function headOf({ method = 'GET', query = '', accept, contentType }: Asked, hasBody: boolean) {
  const headers: [string, string][] = [['host', 'proxy:80']]
  if (hasBody) headers.push(['content-type', contentType ?? V2_JSON])
  if (accept) headers.push(['accept', accept])
  return { method: method.toLowerCase(), query, headers }
}

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** Status and error code of an answer. */
export function errorOf({ status, json }: Answered): [status: number, code: unknown] {
  return [status, (json as { error_code?: number } | undefined)?.error_code]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
