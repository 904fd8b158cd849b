/**
 * The messages between event loops and the workers for schemas. They go through the engine's mailboxes, which keep their
 * order. An event loop posts a job, and notes about it; the worker sends chunks and parts, and at last one answer.
 */
import { type ErrorName, RestError } from '../errors.ts'
import type { SchemaType } from '../schema-registry/schema.ts'

/** The kinds of jobs. The text of each is behind the login of its caller, see withLogin(). */
export const JOBS = {
  /** Encodes a draft. The text is that of encodeText(); the answer has the ids of the key's and the value's schema. */
  encode: 0,
  /** Encodes records of a stream. The text is the topic; the answer is a JSON array of members of receipts. */
  encodeStreamed: 1,
  /** Decodes frames. The text is the JSON of ResponseLimits; the answer is empty. */
  decode: 2,
} as const

/** What an event loop tells about a job that decodes. */
export const NOTES = {
  /** A chunk of frames: its index, its size in bytes, and 1 if it is the last one. */
  frames: 0,
  /** The socket has taken a chunk of JSON. */
  taken: 1,
  /** Nobody waits for the response any more. The worker answers when it uses no memory of the job. */
  stop: 2,
} as const

/** What a worker tells about such a job. */
export const PARTS = {
  /** The memory of the oldest chunk of frames is free. */
  framesUsed: 0,
  /**
   * The positions behind the records of the next `count` chunks, as the JSON of a list of NextOffset: those that have
   * changed.
   */
  positions: 1,
  /** The next chunk is the last one, and the response ends before the records of the read do. */
  endsEarly: 2,
} as const

/** Stands for no schema in the answer to `encode`, whose code and count are ids. */
export const NO_SCHEMA = -1

/** The codes of other answers. */
export const ANSWERS = {
  done: 0,
  /** The text describes a defect of the worker. */
  defect: -2,
  /** The text is that of a RestError, as refusalText() makes it. */
  refused: -3,
} as const

/** A RestError as text. Its code would not do: codes are not unique. */
export function refusalText({ name, message }: RestError): string {
  return `${name} ${message}`
}

/** The reverse of refusalText(). */
export function readRefusal(text: string): RestError {
  const end = text.indexOf(' ')
  return new RestError(text.slice(0, end) as ErrorName, text.slice(end + 1))
}

/** The text of a job of the kind `encode`. */
export function encodeText(type: SchemaType, topic: string): string {
  return `${type} ${topic}`
}

/** The reverse of encodeText(). */
export function readEncodeText(text: string): { type: SchemaType; topic: string } {
  const end = text.indexOf(' ')
  return { type: text.slice(0, end) as SchemaType, topic: text.slice(end + 1) }
}

/** The text of a job with its caller's login at the schema registry; undefined for none. */
export function withLogin(login: string | undefined, text: string): string {
  return `${login ?? ''}\n${text}`
}

/** The reverse of withLogin(). */
export function readLogin(job: string): { login: string | undefined; text: string } {
  const end = job.indexOf('\n')
  return { login: end === 0 ? undefined : job.slice(0, end), text: job.slice(end + 1) }
}
