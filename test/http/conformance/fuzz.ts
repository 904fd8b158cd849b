/**
 * Sends mutants to a recorder in a process of its own. It must not crash or hang, must answer what it has read and nothing
 * else, must read no request that Node's parser does not read, and must answer a proper request afterwards.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { atExit } from '../../cluster/at-exit.ts'
import { shown } from './answers.ts'
import { head } from './cases/messages.ts'
import { Connection, turns } from './connection.ts'
import { opinionOfNode } from './llhttp-of-node.ts'
import { Mutants } from './mutants.ts'

/** A mutant that the server does not handle as it should. */
export interface Finding {
  readonly fault: string
  /** Its segments, one character for each byte. */
  readonly pieces: readonly string[]
}

/** What a run has done. */
export interface FuzzResult {
  readonly mutants: number
  /** Requests that were read from them. */
  readonly requests: number
  readonly findings: readonly Finding[]
}

/** A mutant may ask for several late answers. */
const DEADLINE_MS = 20_000
/** More findings than these are of one kind. */
const MAX_FINDINGS = 20

/** The answer to HEAD has no body; a refusal does not tell of which method it is. */
const REFUSAL_OF_HEAD = /^HTTP\/1\.1 [45]\d\d [^\r]*\r\n(?:[\w-]+: [^\r]*\r\n)+\r\n$/

const PROBE = Buffer.from(head('GET /probe HTTP/1.1'))
const PROBED = '200 GET /probe'

/** Sends mutants until `isOver` says so. */
export async function fuzz(
  seed: number,
  isOver: (mutants: number) => boolean,
): Promise<FuzzResult> {
  const findings: Finding[] = []
  const mutants = new Mutants(seed)
  let target = await Target.start()
  let sent = 0
  let requests = 0
  for (; !isOver(sent) && findings.length < MAX_FINDINGS; sent++) {
    const pieces = mutants.next()
    const { faults, seen } = await target.take(pieces)
    requests += seen
    const shown = pieces.map((piece) => piece.toString('latin1'))
    findings.push(...faults.map((fault) => ({ fault, pieces: shown })))
    if (faults.length > 0) {
      target.stop()
      target = await Target.start()
    }
  }
  target.stop()
  return { mutants: sent, requests, findings }
}

/** What became of a mutant. */
interface Taken {
  readonly faults: readonly string[]
  /** The number of requests that were read. */
  readonly seen: number
}

/** A recorder, and a connection that stays open beside those of the mutants. */
class Target {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #beside: Connection
  readonly #cancelKill: () => void

  private constructor(child: ChildProcess, port: number, beside: Connection) {
    this.#child = child
    this.#port = port
    this.#beside = beside
    this.#cancelKill = atExit(() => child.kill('SIGKILL'))
  }

  static async start(): Promise<Target> {
    const child = fork(join(import.meta.dirname, 'recorder-process.ts'), {
      execArgv: process.execArgv.filter((argument) => argument.startsWith('--import')),
    })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new Target(child, port, await Connection.open({ port, isTls: false }))
  }

  stop(): void {
    this.#beside.close()
    this.#cancelKill()
    this.#child.kill('SIGKILL')
  }

  async take(pieces: readonly Buffer[]): Promise<Taken> {
    const connection = await Connection.open({ port: this.#port, isTls: false }).catch(
      () => undefined,
    )
    if (!connection) return { faults: ['it accepts no connection'], seen: 0 }
    try {
      for (const piece of pieces) {
        connection.send(piece)
        await turns(1)
      }
      connection.finish()
      const isClosed = await connection.until(({ hasEnded }) => hasEnded, DEADLINE_MS)
      if (!isClosed) return { faults: ['it does not end the connection'], seen: 0 }
      if (!(await this.#isAlive())) return { faults: ['it does not answer afterwards'], seen: 0 }
      const seen = await this.#seen()
      return { faults: faultsOf(Buffer.concat(pieces), connection, seen), seen: seen.length }
    } catch (error) {
      return { faults: [String(error)], seen: 0 }
    } finally {
      connection.close()
    }
  }

  async #isAlive(): Promise<boolean> {
    this.#beside.send(PROBE)
    const isAnswered = () => this.#beside.takeAnswers().includes(PROBED)
    return await this.#beside.until(isAnswered, DEADLINE_MS)
  }

  async #seen(): Promise<string[]> {
    this.#child.send('take')
    const [{ seen }] = (await once(this.#child, 'message')) as [{ seen: string[] }]
    return seen.filter((one) => one !== 'GET /probe')
  }
}

function faultsOf(bytes: Buffer, connection: Connection, seen: readonly string[]): string[] {
  const faults: string[] = []
  const { answers, reads, rest } = connection.answers
  const isOfHead = REFUSAL_OF_HEAD.test(rest.toString('latin1')) && bytes.includes('HEAD ')
  if (rest.length > 0 && !isOfHead)
    faults.push(`half an answer: ${JSON.stringify(rest.toString('latin1'))}`)
  if (!isDeepStrictEqual(reads, seen)) {
    faults.push(`it has read ${JSON.stringify(seen)} and answered ${JSON.stringify(answers)}`)
  }
  const { requests, isComplete } = opinionOfNode(bytes)
  const compared = isComplete ? seen : seen.slice(0, requests.length)
  if (compared.some((one, index) => !isSame(one, requests[index]))) {
    faults.push(`it has read ${JSON.stringify(seen)}, and Node.js ${JSON.stringify(requests)}`)
  }
  // Node's parser reads on behind HTTP/1.0 with keep-alive, whatever the answer is.
  const isOld = seen.some((one) => / 1\.0(?: |$)/.test(one))
  const isRefused = answers.some((answer) => /^[45]\d\d$/.test(answer)) || rest.length > 0
  if (isComplete && !isRefused && !isOld && seen.length < requests.length) {
    faults.push(`it has read ${JSON.stringify(seen)} of ${JSON.stringify(requests)}`)
  }
  return faults
}

/** Whether the recorder and Node's parser tell the same request. */
function isSame(seen: string, request: string | undefined): boolean {
  if (request === undefined) return false
  const [method, target = '', ...words] = request.split(' ')
  const body = words.join(' ')
  const path = /^https?:\/\/[^/?]*(.*)$/i.exec(target)?.[1] ?? target
  const expected = method === 'OPTIONS' && path === '' ? '*' : path.replace(/^(?=\?|$)/, '/')
  const begin = `${method} ${expected.replace(/\?$/, '')}`
  return seen.startsWith(begin) && (body === '' || seen.includes(` ${shown(body)}`))
}
