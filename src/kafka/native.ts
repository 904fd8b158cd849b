/**
 * The interface to the native engine: the only import of the addon, and the mailbox that receives its messages.
 */
import { createRequire } from 'node:module'
import type * as Addon from '../../native-bindings/index.d.ts'
import { RestError } from '../errors.ts'
import { kafkaError } from './errors.ts'

export const native: typeof Addon = createRequire(import.meta.url)('../../native-bindings')

/**
 * The forms of keys and values in JSON, with the numbers of record.h. `schema` stands for all formats with schemas: the
 * engine does not know them.
 */
export const FORMATS = { binary: 0, json: 1, string: 2, schema: 3 } as const
export type FormatName = keyof typeof FORMATS

export type { AclValues } from '../../native-bindings/index.d.ts'

/** The body of a produce request: memory of the socket, which the engine copies, or a collected body. */
export type ProduceBody = Parameters<InstanceType<typeof native.Producer>['produce']>[3]

/** Describes the loaded librdkafka, which may differ from the one that the sources name. */
export function loadedLibrdkafka(): { version: string; features: string; patches: string } {
  const [version, features, patches] = native.librdkafkaVersion()
  return { version, features, patches }
}

/** The reply to a call. */
export interface Reply {
  /** JSON text, or empty. */
  text: string | Uint8Array
  code: number
  count: number
  /** The number of records of a produce request. */
  records?: number
  /** For how long a broker throttles the producer of the request, in milliseconds; 0 if none does. */
  throttleMs?: number
}

/** Receives the messages of a ticket. */
export interface Waiter {
  onReply(reply: Reply): void
  onError(error: RestError): void
  /** Reads only. Takes a piece of the response, in which `records` records begin; native.chunkWritten() returns its memory. */
  onChunk?(chunk: number, memory: Uint8Array, last: boolean, records: number): void
  /** Streams only. The memory of `text` is valid during the call; see StreamPart of produce_stream.h for `kind`. */
  onPart?(kind: number, text: Uint8Array, count: number): void
}

/** The kinds of messages in outbox.h. */
const REPLY = 0
const FAULT = 1
const KAFKA_ERROR = 2
const CHUNK = 3
const LOG = 4
const PART = 5
const JOB = 6
const JOB_NOTE = 7

const FIELDS = 8
const MAX_MESSAGES = 1024
const TEXTS_BYTES = 256 * 1024

/** Receives the jobs of this environment, which serves them. */
export interface JobServer {
  onJob(job: number, kind: number, text: string): void
  /** See tellJob(). */
  onNote(job: number, kind: number, first: number, second: number, third: number): void
}

/** The mailbox issues tickets and dispatches messages to their waiters. An environment has one. */
class Mailbox {
  readonly #layout = new Int32Array(MAX_MESSAGES * FIELDS)
  readonly #texts = Buffer.from(new ArrayBuffer(TEXTS_BYTES))
  readonly #waiters: (Waiter | undefined)[] = [undefined] // Ticket 0 belongs to the log.
  readonly #free: number[] = []
  readonly #chunks: (Uint8Array | undefined)[] = []
  #waiting = 0
  #onLog: (level: number, line: string) => void = () => {}
  #jobServer: JobServer | undefined

  constructor() {
    native.openMailbox(this.#layout, this.#texts, (count, large) => this.#drain(count, large))
  }

  /** Sets the receiver of the engine's log lines, for the whole process. `level` is syslog's. */
  set onLog(listener: (level: number, line: string) => void) {
    this.#onLog = listener
    native.receiveLog()
  }

  /** From now on jobs of the worker `index` come here, in the `start`-th of its starts. They do not keep the thread alive. */
  serveJobs(index: number, start: number, server: JobServer): void {
    this.#jobServer = server
    native.serveJobs(index, start)
  }

  /** Issues a ticket for a call. `waiter` receives its messages until the ticket is closed. */
  open(waiter: Waiter): number {
    const ticket = this.#free.pop() ?? this.#waiters.length
    this.#waiters[ticket] = waiter
    if (this.#waiting++ === 0) native.keepAlive(true)
    return ticket
  }

  /** Closes a ticket. No message of it may follow. */
  close(ticket: number): void {
    this.#waiters[ticket] = undefined
    this.#free.push(ticket)
    if (--this.#waiting === 0) native.keepAlive(false)
  }

  #drain(count: number, large: ArrayBuffer | undefined): void {
    for (let at = 0; at < count * FIELDS; at += FIELDS) {
      try {
        this.#deliver(at, large)
      } catch (error) {
        // The error stays uncaught, but does not stop the delivery of the next messages.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  #deliver(at: number, large: ArrayBuffer | undefined): void {
    const [ticket, kind, code, messages, offset, length, records, throttleMs] = this.#fields(at)
    const waiter = this.#waiters[ticket]
    switch (kind) {
      case CHUNK:
        waiter?.onChunk?.(offset, this.memory(offset).subarray(0, length), code === 1, records)
        break
      case PART:
        waiter?.onPart?.(code, this.#bytes(offset, length, large), messages)
        break
      case REPLY:
        this.close(ticket)
        waiter?.onReply({
          text: this.#text(offset, length, large),
          code,
          count: messages,
          records,
          throttleMs,
        })
        break
      case FAULT:
        this.close(ticket)
        waiter?.onError(RestError.ofCode(code, this.#string(offset, length, large)))
        break
      case KAFKA_ERROR:
        this.close(ticket)
        waiter?.onError(kafkaError(code, this.#string(offset, length, large)))
        break
      case JOB:
        this.#jobServer?.onJob(ticket, code, this.#string(offset, length, large))
        break
      case JOB_NOTE:
        this.#jobServer?.onNote(ticket, code, messages, records, throttleMs)
        break
      case LOG:
        this.#onLog(code, this.#string(offset, length, large))
        break
    }
  }

  #fields(at: number): [number, number, number, number, number, number, number, number] {
    const layout = this.#layout
    // biome-ignore format: one field a line would hide that they are eight in a row
    return [layout[at], layout[at + 1], layout[at + 2], layout[at + 3], layout[at + 4], layout[at + 5], layout[at + 6], layout[at + 7]] as
      [number, number, number, number, number, number, number, number]
  }

  /** Returns a string if possible: copied bytes outside the heap cause full garbage collections. */
  #text(offset: number, length: number, large: ArrayBuffer | undefined): string | Uint8Array {
    return large ? new Uint8Array(large) : this.#string(offset, length, large)
  }

  #bytes(offset: number, length: number, large: ArrayBuffer | undefined): Uint8Array {
    return large ? new Uint8Array(large) : this.#texts.subarray(offset, offset + length)
  }

  #string(offset: number, length: number, large: ArrayBuffer | undefined): string {
    const bytes = large ? Buffer.from(large) : this.#texts
    return bytes.toString('utf8', offset, offset + length)
  }

  /** The memory of a chunk. */
  memory(chunk: number): Uint8Array {
    let memory = this.#chunks[chunk]
    if (!memory) {
      memory = new Uint8Array(native.chunkMemory(chunk))
      this.#chunks[chunk] = memory
    }
    return memory
  }
}

/** The mailbox of this environment. */
export const mailbox = new Mailbox()

/** Makes a call that answers with one reply. Rejects with a RestError. */
export function call(start: (ticket: number) => void): Promise<Reply> {
  return callFor(start, (reply) => reply)
}

/** Makes a call, and resolves to what `read` makes of its reply: a promise less than then() has. */
export function callFor<T>(start: (ticket: number) => void, read: (reply: Reply) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const ticket = mailbox.open({ onReply: (reply) => resolve(read(reply)), onError: reject })
    try {
      start(ticket)
    } catch (error) {
      // No answer will come, and an open ticket keeps the event loop alive.
      mailbox.close(ticket)
      reject(error)
    }
  })
}

/** Makes a call and parses its reply as JSON. */
export async function callForJson<T>(start: (ticket: number) => void): Promise<T> {
  const { text } = await call(start)
  return JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString()) as T
}
