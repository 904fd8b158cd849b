/** The types of the cases of HTTP/1.1: the bytes of a connection, and what a server makes of them. */
import { CHUNKS } from './cases/chunks.ts'
import { CODINGS } from './cases/codings.ts'
import { CONNECTIONS } from './cases/connections.ts'
import { FIELDS } from './cases/fields.ts'
import { HEADS } from './cases/heads.ts'
import { LENGTHS } from './cases/lengths.ts'
import { LIMITS } from './cases/limits.ts'
import { PIPELINES } from './cases/pipelines.ts'
import { TARGETS } from './cases/targets.ts'

/** What became of a connection. */
export type Ending =
  /** The server answers another request on it. */
  | 'open'
  /** The server has ended it. */
  | 'closed'
  /** The server waits for more bytes of the request. */
  | 'waiting'

/** A case. */
export interface Case {
  /** The right behaviour, in a few words. */
  readonly name: string
  /** The number of the RFC, and its section. */
  readonly section: string
  /** What the client sends, one character for each byte. */
  readonly bytes: string
  /** Whether the client ends its half of the connection behind the bytes. */
  readonly fin?: boolean
  /**
   * The answers in their order: the status and, of a request that a handler has read, its method, its target, its
   * version if it is 1.0, its Host if it is not `x`, its body, and its headers that begin with `x`. `keep-alive` follows
   * where the answer to HTTP/1.0 says so.
   */
  readonly answers: readonly string[]
  readonly ending: Ending
}

/** A group of cases, with its title in the documents. */
export interface CaseGroup {
  readonly title: string
  /** In the folder cases. */
  readonly file: string
  readonly cases: readonly Case[]
}

/** All cases. */
export const CASE_GROUPS: readonly CaseGroup[] = [
  { title: 'Request lines and the ends of lines', file: 'heads', cases: HEADS },
  { title: 'Targets and Host', file: 'targets', cases: TARGETS },
  { title: 'Header fields', file: 'fields', cases: FIELDS },
  { title: 'Content-Length', file: 'lengths', cases: LENGTHS },
  { title: 'Transfer-Encoding', file: 'codings', cases: CODINGS },
  { title: 'Chunks and trailers', file: 'chunks', cases: CHUNKS },
  {
    title: 'Expect, HTTP/1.0 and the end of a connection',
    file: 'connections',
    cases: CONNECTIONS,
  },
  { title: 'Pipelining', file: 'pipelines', cases: PIPELINES },
  { title: 'Limits', file: 'limits', cases: LIMITS },
]

/** The cases of all groups. */
export const CASES: readonly Case[] = CASE_GROUPS.flatMap(({ cases }) => cases)
