/** A route: one literal for the server, the documents and the metrics. */
import type { Static, TSchema } from 'typebox'
import type { ErrorName } from '../errors.ts'
import type { BodyBytes, BodyStream } from './body.ts'
import type { Offer } from './media-type.ts'
import type { ResponseStream } from './response-stream.ts'

/** The type of a query parameter. */
export interface QueryParameter {
  /** A `flag` is true or false; a `text` is taken as it is. */
  readonly type: 'long' | 'list' | 'text' | 'flag'
  readonly description: string
}
export type QuerySpec = Readonly<Record<string, QueryParameter>>

type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never

interface QueryTypes {
  readonly long: number
  readonly list: string[]
  readonly text: string
  readonly flag: boolean
}

type QueryValues<Query extends QuerySpec> = {
  readonly [Name in keyof Query]: QueryTypes[Query[Name]['type']] | undefined
}

/** A request as its handler gets it. */
export interface RestRequest<
  Path extends string = string,
  Query extends QuerySpec = QuerySpec,
  Body = unknown,
> {
  readonly params: Readonly<Record<ParamNames<Path>, string>>
  readonly query: QueryValues<Query>
  /**
   * By the route's `body`: decoded JSON, undefined for an empty body or `null`; bytes, which the handler
   * copies or hands on before it first awaits; a stream; or undefined for a body that is ignored.
   */
  readonly body: Body
  /** `type/subtype` of the body; empty without a Content-Type. */
  readonly contentType: string
  /** The charset of the Content-Type, in lower case; empty without one. */
  readonly charset: string
  /** The negotiated type, one of the route's `produces`. */
  readonly accepted: Offer
  readonly isHead: boolean
}

/** The status and the headers of a response. */
export interface ReplyHead {
  readonly status: number
  /** Replaces the negotiated type. */
  readonly contentType?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** A complete response. */
export interface Reply extends ReplyHead {
  /** Null for a response without a body (204). */
  readonly body: string | Uint8Array | null
  /** Names this version of the body. A client that has it gets 304. */
  readonly etag?: string
  /** For the request log and spans. */
  readonly logged?: RecordCounts
}

/** The records of a request, counted by the engine. */
export interface RecordCounts {
  /** Those that were written or read, and those that failed. */
  readonly records?: number
  /** Those that were not written. */
  readonly failedRecords?: number
}

/** A response that is sent piece by piece. */
export interface StreamReply extends ReplyHead {
  /**
   * Whether the connection is closed when the client sends its FIN. Such a client may still read, or have
   * left; a response that must not go to nobody ends.
   */
  readonly endsWithClient?: boolean
  /**
   * Whether the response is sent while the body of the request arrives. Its pieces are chunks with their framing, and
   * are not compressed.
   */
  readonly isDuplex?: boolean
  /**
   * Called once, at once. The callee ends the stream, or passes it on to code that does. An error that
   * it throws, or rejects with, is handled like an error of the handler.
   */
  readonly stream: (response: ResponseStream) => void | Promise<void>
}

/** The description of a response in the documents. */
export interface ResponseDoc {
  readonly description: string
  readonly schema?: TSchema
}

/** The part of a request on which the name of its endpoint depends. */
export interface NamedRequest {
  /** The Content-Type header; empty without one. */
  readonly contentType: string
  readonly accepted: Offer | undefined
}

/** The names of an endpoint for operators. */
export interface Resource {
  /** All names. They consist of segments separated by periods. */
  readonly names: readonly string[]
  /** The name of a request whose head was checked. */
  nameOf(request: NamedRequest): string
}

/** The `maxBodyBytes` of bodies with a few short texts and numbers. */
export const SMALL_BODY_BYTES = 2 ** 16

/** A route without the types of its literal, as the server uses it. */
export interface AnyRoute<Services> {
  readonly operationId: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Path parameters that are integers; the others are strings. */
  readonly integers?: readonly string[]
  readonly summary: string
  /** Its group in the documents; without one that of its path. */
  readonly tag?: string
  /** Routes without it cannot be named by operators. */
  readonly resource?: Resource
  /**
   * The topics that a decoded body names; `any` if it may concern others. Routes whose bodies name topics have it. An empty list
   * stands for none, or for those that the instance has already.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the schema of the body decides
  readonly topicsOf?: (body: any) => readonly string[] | 'any'
  readonly query: QuerySpec
  /** Accepted content types; `any` takes everything. */
  readonly consumes: readonly string[] | 'any'
  readonly produces: readonly Offer[]
  /** Whether the audit log has each request, because it changes something for all clients. */
  readonly isAudited?: boolean
  /**
   * A schema stands for JSON. Without it a body is ignored. A `duplex` body is a stream that may take any time, and is
   * answered while it arrives.
   */
  readonly body?: 'bytes' | 'stream' | 'duplex' | TSchema
  /** The most bytes of a body that needs fewer than the configuration and the event loop allow. Not for streams. */
  readonly maxBodyBytes?: number
  /** The schema of bytes and streams in the documents. */
  readonly bytes?: TSchema
  readonly responses: Readonly<Record<number, ResponseDoc>>
  readonly errors: readonly ErrorName[]
  /** Errors that all routes of its API have. They have one cause for all of these. */
  readonly sharedErrors?: readonly ErrorName[]
  // biome-ignore lint/suspicious/noExplicitAny: route() has checked the handler against the literal
  handler(request: any, services: Services): Reply | StreamReply | Promise<Reply | StreamReply>
}

type BodyOf<Body> = Body extends 'bytes'
  ? BodyBytes
  : Body extends 'stream' | 'duplex'
    ? BodyStream
    : Body extends TSchema
      ? Static<Body> | undefined
      : undefined

/** The literal of a route, with the types that its handler is checked against. */
export type RouteSpec<Services, Path extends string, Query extends QuerySpec, Body> = Omit<
  AnyRoute<Services>,
  'path' | 'query' | 'body' | 'handler'
> & {
  readonly path: Path
  readonly query: Query
  readonly body?: Body
  handler(
    request: RestRequest<Path, Query, BodyOf<Body>>,
    services: Services,
  ): Reply | StreamReply | Promise<Reply | StreamReply>
}

/** A function that checks a route's handler against its own path, query and body. */
export function routesFor<Services>() {
  return <
    const Path extends string,
    const Query extends QuerySpec,
    const Body extends 'bytes' | 'stream' | 'duplex' | TSchema | undefined = undefined,
  >(
    spec: RouteSpec<Services, Path, Query, Body>,
  ): AnyRoute<Services> => spec as unknown as AnyRoute<Services>
}

/** 200 with a JSON body. */
export function ok(value: unknown): Reply {
  return { status: 200, body: JSON.stringify(value) }
}

/** 204. */
export const NO_CONTENT: Reply = { status: 204, body: null }
