/** A process from its start to its stop under load. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { atExit } from '../cluster/at-exit.ts'

const MAIN = join(import.meta.dirname, '../../dist/main.js')
const V2 = 'application/vnd.kafka.v2+json'
const JSON_V2 = 'application/vnd.kafka.json.v2+json'
const CLIENTS = 8
/** A start, and a stop, that takes longer is a hang. */
const DEADLINE_MS = 60_000

/** How a life ended. */
export interface Life {
  /** What was wrong; undefined when nothing was. */
  readonly fault: string | undefined
  /** The number of produce requests that were answered with 200. */
  readonly acknowledged: number
  readonly stopMs: number
}

/**
 * Starts Sluice with an embedded cluster, loads it for `loadMs` with producers and with readers that wait, and ends it
 * with SIGTERM while they go on. It must exit with 0, and answer nothing but 200 and the 503 of a server that stops.
 */
export async function live(loops: number, loadMs: number): Promise<Life> {
  const args = [MAIN, '--embedded', '--set', 'listeners=http://127.0.0.1:0']
  const child = spawn(process.execPath, [...args, '--set', `sluice.http.threads=${loops}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const forget = atExit(() => child.kill('SIGKILL'))
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
  }
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  try {
    const port = await within(
      'the start',
      portOf(child, () => log),
    )
    const clients = Array.from({ length: CLIENTS }, (_, index) => new Client(port, index))
    const working = Promise.all(clients.map((client) => client.work()))
    await sleep(loadMs)
    const begin = performance.now()
    child.kill('SIGTERM')
    const [code, signal] = await within('the stop', exit)
    const stopMs = performance.now() - begin
    await working
    const answers = clients.flatMap(({ wrong }) => wrong)
    const isGood = code === 0 && answers.length === 0 && /"msg":"stopped"/.test(log)
    return {
      fault: isGood ? undefined : `exit ${code} ${signal ?? ''}, ${answers}\n${log.slice(-3000)}`,
      acknowledged: clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
      stopMs,
    }
  } finally {
    child.kill('SIGKILL')
    forget()
  }
}

async function portOf(child: ChildProcess, log: () => string): Promise<number> {
  for (;;) {
    const [, port] = /"port":(\d+),"msg":"listening"/.exec(log()) ?? []
    if (port !== undefined) return Number(port)
    if (child.exitCode !== null) throw new Error(`It ended while it started:\n${log()}`)
    await sleep(10)
  }
}

async function within<T>(name: string, work: Promise<T>): Promise<T> {
  const limit = sleep(DEADLINE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${name} took more than ${DEADLINE_MS} ms.`)
  })
  return Promise.race([work, limit])
}

/** A client with a connection, which produces, or waits for records, until nobody answers any more. */
class Client {
  acknowledged = 0
  readonly wrong: string[] = []
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #port: number
  readonly #index: number

  constructor(port: number, index: number) {
    this.#port = port
    this.#index = index
  }

  async work(): Promise<void> {
    try {
      if (this.#index % 4 === 0) await this.#read()
      else await this.#produce()
    } catch {
      // The connection ended, or there is no listener any more.
    } finally {
      this.#agent.destroy()
    }
  }

  async #produce(): Promise<void> {
    const body = '{"records":[{"key":"k","value":{"a":1}}]}'
    while (await this.#send('POST', '/topics/starts', JSON_V2, body)) this.acknowledged++
  }

  async #read(): Promise<void> {
    const path = `/consumers/g${this.#index}`
    const settings = '{"name":"i","format":"json","auto.offset.reset":"earliest"}'
    await this.#send('POST', path, V2, settings)
    await this.#send('POST', `${path}/instances/i/subscription`, V2, '{"topics":["starts"]}')
    while (await this.#send('GET', `${path}/instances/i/records?timeout=20000`, JSON_V2)) {}
  }

  /** Resolves to whether the server answered with a 2xx, and goes on. */
  async #send(method: string, path: string, type: string, body?: string): Promise<boolean> {
    const headers = body === undefined ? { accept: type } : { 'content-type': type, accept: '*/*' }
    const req = request({
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.#port,
      method,
      path,
      headers,
    })
    req.end(body)
    const [res] = await once(req, 'response')
    let text = ''
    for await (const piece of res) text += piece
    const { statusCode = 0 } = res
    if (statusCode < 300) return true
    if (statusCode !== 503) this.wrong.push(`${method} ${path}: ${statusCode} ${text}`)
    return false
  }
}
