/** Calls between the threads of a process: each side of a port may call the methods of the other side. */
import { type ErrorName, RestError } from './errors.ts'

/** Methods whose arguments and results can be cloned. */
type Callable = Record<string, (...args: never[]) => unknown>

/** The methods of the other side, all of which return promises. */
export type Remote<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
}

/** A MessagePort, or a worker, or the port to the parent of one. */
export interface CallPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: Message) => void): unknown
}

/** An error that crosses a port. Other properties of errors are lost. */
interface SentError {
  /** Of a RestError. */
  readonly name?: ErrorName
  readonly message: string
  readonly stack?: string | undefined
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly args: never[] }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError }

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

/** One side of a port. */
export class PortCalls<Methods extends object> {
  /** The methods of the other side. A call rejects with its RestErrors, and when the port is closed. */
  readonly remote: Remote<Methods>
  readonly #port: CallPort
  readonly #own: readonly object[]
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #closed: Error | undefined

  /** @param own the objects whose methods the other side may call; no two have a method of the same name */
  constructor(port: CallPort, ...own: readonly object[]) {
    this.#port = port
    this.#own = own
    this.remote = new Proxy({} as Remote<Methods>, {
      get:
        (_, method) =>
        (...args: never[]) =>
          this.#call(String(method), args),
    })
    port.on('message', (message) => void this.#receive(message))
  }

  /** Fails all calls that wait, and all later ones. */
  close(reason: Error): void {
    this.#closed ??= reason
    for (const { reject } of this.#waiting.values()) reject(this.#closed)
    this.#waiting.clear()
  }

  #call(method: string, args: never[]): Promise<never> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(this.#closed)
        return
      }
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      this.#send({ kind: 'call', id, method, args })
    })
  }

  async #receive(message: Message): Promise<void> {
    if (message.kind === 'call') {
      this.#send(await this.#answer(message))
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'result') waiting?.resolve(message.value as never)
    else waiting?.reject(receivedError(message.error))
  }

  async #answer({ id, method, args }: Extract<Message, { kind: 'call' }>): Promise<Message> {
    try {
      const own = this.#own.find((each) => method in each) as Callable | undefined
      if (!own) throw new Error(`The other thread has no method ${method}.`)
      return { kind: 'result', id, value: await own[method]?.(...args) }
    } catch (error) {
      return { kind: 'error', id, error: sentError(error) }
    }
  }

  #send(message: Message): void {
    this.#port.postMessage(message)
  }
}

function sentError(error: unknown): SentError {
  if (error instanceof RestError) return { name: error.name, message: error.message }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { message, stack }
}

function receivedError({ name, message, stack }: SentError): Error {
  if (name) return new RestError(name, message)
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
