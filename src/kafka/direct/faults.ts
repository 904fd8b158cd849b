/** The errors of the library as REST errors. */
import { RestError } from '../../errors.ts'
import { kafkaError } from '../errors.ts'

/** Codes of librdkafka, whose categories and texts these errors share. */
export const TRANSPORT = -195
const TIMED_OUT = -185
const SSL = -181
export const AUTHENTICATION = -169

/** What the library's errors have. */
interface LibraryError extends Error {
  readonly code?: string
  readonly cause?: unknown
  /** Of a response with errors. */
  readonly errors?: readonly LibraryError[]
  /** Kafka's code, and the broker's text. */
  readonly apiCode?: number
  readonly serverErrorMessage?: string | null
}

/** The error of a call that did not end in time. */
export function timedOut(): RestError {
  return kafkaError(TIMED_OUT, '')
}

/** Translates what the library has thrown. @param address of the broker, for texts */
export function faultOf(error: unknown, address: string): RestError {
  if (error instanceof RestError) return error
  const chain = causesOf(error as LibraryError)
  const refusal = chain.find(({ apiCode }) => apiCode !== undefined)
  if (chain.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION')) {
    return kafkaError(AUTHENTICATION, '')
  }
  if (refusal) return kafkaError(refusal.apiCode as number, refusal.serverErrorMessage ?? '')
  const deepest = chain.at(-1) as LibraryError
  if (chain.some(({ name }) => name === 'TimeoutError')) return timedOut()
  const isTls = chain.some(({ code = '' }) =>
    /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_|UNABLE_|SELF_)/.test(code),
  )
  const text = `The connection to the broker at ${address} failed: ${deepest.message}`
  return kafkaError(isTls ? SSL : TRANSPORT, text)
}

/** An error, its causes, and the errors that it is made of. */
function causesOf(error: LibraryError): LibraryError[] {
  const parts = [error.cause as LibraryError | undefined, ...(error.errors ?? [])]
  return [error, ...parts.filter((part) => part !== undefined).flatMap(causesOf)]
}
