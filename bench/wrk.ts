/** Load by wrk: as many requests as the server answers, over a few connections. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A load to be made. */
export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** A script in bench/wrk, with what it reads from the environment. */
  readonly script?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** What wrk counted. */
export interface LoadResult {
  readonly requests: number
  readonly requestsPerSecond: number
  /** The middle of the times of requests. */
  readonly p50Ms: number
  /** Those of all responses, to the nearest percent. */
  readonly bytes: number
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

/** Makes the load on one thread. Throws when an answer was not a success. */
export async function applyLoad(load: Load): Promise<LoadResult> {
  const { url, connections, seconds, script, environment = {}, headers = {} } = load
  const scriptArguments = script ? ['-s', join(import.meta.dirname, 'wrk', script)] : []
  const headerArguments = Object.entries(headers).flatMap(([name, value]) => [
    '-H',
    `${name}: ${value}`,
  ])
  const { stdout } = await run(
    'wrk',
    [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '60s'],
      ...[...headerArguments, ...scriptArguments, url],
    ],
    { env: { ...process.env, ...environment } },
  )
  if (/Non-2xx/.test(stdout)) throw new Error(`Not all answers were successes:\n${stdout}`)
  const [, p50, p50Unit = ''] = /^\s+50%\s+([\d.]+)(us|ms|s)$/m.exec(stdout) ?? []
  const [, size, unit = ''] = /([\d.]+)([KMG]?)B read/.exec(stdout) ?? []
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    p50Ms: Number(p50) * (MILLISECONDS[p50Unit] as number),
    bytes: Number(size) * (UNITS[unit] as number),
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
  }
}

/** Produce requests of so many records with values of so many bytes; with `keys`, each has a key of its own. */
export function produceLoad(
  url: string,
  connections: number,
  seconds: number,
  records: number,
  bytes: number,
  keys = false,
): Load {
  const environment = { RECORDS: String(records), BYTES: String(bytes), KEYS: keys ? '1' : '0' }
  return { url, connections, seconds, script: 'produce.lua', environment }
}
