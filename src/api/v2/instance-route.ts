/**
 * Routes of consumer instances. In a cluster of processes, the process that gets a request finds the owner of the
 * instance: it serves the request itself, sends it there, or redirects the client. Without a cluster such a route is a
 * route like any other.
 */
import type { TSchema } from 'typebox'
import type { Outcome, Owner } from '../../cluster/instance-directory.ts'
import {
  type ForwardedRequest,
  NO_RECORDS_BYTES,
  WrongPeerError,
} from '../../cluster/peer-client.ts'
import { type ClientRequest, newNonce } from '../../cluster/signature.ts'
import { RestError } from '../../errors.ts'
import type {
  AnyRoute,
  QuerySpec,
  Reply,
  RestRequest,
  RouteSpec,
  StreamReply,
} from '../../http/route.ts'
import { type ClusterServices, route, type Services } from '../services.ts'
import { V2_JSON } from './formats.ts'

/** What a request does with its instance. */
type Kind = 'read' | 'commit' | 'deletion' | 'other'

type Answer = Reply | StreamReply

/** The longest time for which a request waits for the owner of its instance. */
export const OWNER_WAIT_MS = 30_000

/** The answer to a client that has left: only the log has it. */
const LEFT: Reply = { status: 499, body: null }

/** The owner of an instance changes while a process waits for its response: looked at so often. */
const OWNER_CHECK_MS = 1000

/** Makes a route of an instance that exists. */
export function instanceRoute<
  const Path extends string,
  const Query extends QuerySpec,
  const Body extends 'bytes' | 'stream' | TSchema | undefined = undefined,
>(kind: Kind, spec: RouteSpec<Services, Path, Query, Body>): AnyRoute<Services> {
  const { handler, ...rest } = route(spec)
  return {
    ...rest,
    handler(request: RestRequest, services) {
      const { cluster } = services
      if (!cluster) return handler(request, services)
      const { group_name, instance_name } = request.params as Record<string, string>
      const instance = { group: group_name as string, name: instance_name as string }
      return serveAtOwner({ route: spec, kind, request, cluster, ...instance }, () =>
        handler(request, services),
      )
    },
  }
}

/** A request of an instance in a cluster. */
export interface ClusterRequest {
  readonly route: Pick<AnyRoute<Services>, 'method' | 'path'>
  readonly kind: Kind
  readonly request: RestRequest
  readonly cluster: ClusterServices
  readonly group: string
  readonly name: string
}

/** Answers a request at the owner of its instance. `serve` answers it at this process. */
export async function serveAtOwner(
  request: ClusterRequest,
  serve: () => Answer | Promise<Answer>,
): Promise<Answer> {
  const { kind, cluster, group, name } = request
  const deadline = performance.now() + OWNER_WAIT_MS
  if (kind === 'read') cluster.exchange.endWithClient()
  for (;;) {
    const owner = await cluster.directory.findOwner(group, name, {
      caller: cluster.caller(),
      timeoutMs: Math.max(0, deadline - performance.now()),
      isForwarded: cluster.isForwarded,
      isRead: kind === 'read',
      isCommit: kind === 'commit',
      isCommitOfDelivered: kind === 'commit' && request.request.body === undefined,
      isForwardedRead: kind === 'read' && cluster.isForwarded,
      isDeletion: kind === 'deletion',
    })
    const answer = await ('use' in owner
      ? serveHere(owner, request, serve)
      : tryOwner(owner.url, request))
    if (answer) return answer
  }
}

/** Resolves to undefined when the process at `owner` turned out not to be the owner. */
async function tryOwner(owner: string, request: ClusterRequest): Promise<Answer | undefined> {
  try {
    return await serveThere(owner, request)
  } catch (error) {
    if (!(error instanceof WrongPeerError)) throw error
    request.cluster.isRepeated ||= error.mayHaveBegun
    await request.cluster.directory.doubtOwner()
    return undefined
  }
}

/** Resolves to undefined when the group has removed this process, and with it the instance, meanwhile. */
async function serveHere(
  owner: Extract<Owner, { use: number }>,
  { kind, cluster }: ClusterRequest,
  serve: () => Answer | Promise<Answer>,
): Promise<Answer | undefined> {
  const { directory } = cluster
  const { use, hasNewPositions } = owner
  if (use === 0) return serve()
  endWithExchange(use, kind, cluster)
  try {
    const answer = await serve()
    if (kind === 'commit') await directory.onCommitted(use)
    return hasNewPositions ? withNewPositions(answer) : answer
  } catch (error) {
    const isGone = error instanceof RestError && error.name === 'CONSUMER_INSTANCE_NOT_FOUND'
    if (isGone && (await directory.onGone(use))) return undefined
    throw error
  }
}

function endWithExchange(use: number, kind: Kind, cluster: ClusterServices): void {
  const { directory, exchange } = cluster
  const end = (outcome: Outcome) => void directory.endUse(use, outcome).catch(() => {})
  if (exchange.isOver) {
    end('other')
    return
  }
  exchange.whenOver = (aborted) => {
    if (kind !== 'read' || exchange.status !== 200 || aborted) end('other')
    else if (exchange.bytes <= NO_RECORDS_BYTES) end('no-records')
    else if (cluster.delivery) void cluster.delivery.then((delivered) => end(outcomeOf(delivered)))
    else end('records')
  }
}

/** @param delivered what the process that passes on a response tells, if it does */
function outcomeOf(delivered: boolean | undefined): Outcome {
  if (delivered === undefined) return 'unconfirmed'
  return delivered ? 'records' : 'other'
}

function withNewPositions(answer: Answer): Answer {
  return { ...answer, headers: [...(answer.headers ?? []), ['X-Sluice-Positions', 'reset']] }
}

async function serveThere(owner: string, request: ClusterRequest): Promise<Answer> {
  const { route, kind, cluster } = request
  const { exchange, mode, peers } = cluster
  const target = targetOf(route.path, request.request, cluster)
  if (mode === 'redirect') return redirect(await peers.baseUrlOf(owner), target, cluster)
  const { body, accepted, isHead } = request.request
  const sent: ForwardedRequest = {
    method: isHead ? 'HEAD' : route.method,
    target,
    client: clientOf(cluster),
    accept: accepted.type,
    contentType: V2_JSON,
    id: exchange.id,
    trace: exchange.trace,
    body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
    endsWithClient: kind === 'read',
  }
  return forward(owner, sent, request)
}

function clientOf(cluster: ClusterServices): ClientRequest {
  cluster.call ||= newNonce()
  const { exchange, call, isRepeated } = cluster
  const { origin, clientAddress: address } = exchange
  const { principal = '', login } = cluster.caller()
  return { origin, address, principal, login, call, isRepeated }
}

/** Sends a request to another process, and gives it up when that process does not own the instance any more. */
async function forward(
  url: string,
  sent: ForwardedRequest,
  { group, name, cluster }: Pick<ClusterRequest, 'group' | 'name' | 'cluster'>,
): Promise<Answer> {
  const { directory, exchange, peers } = cluster
  // Nobody would be told of its end, and nobody would read the response.
  if (exchange.isOver) return LEFT
  const abort = new AbortController()
  let hasMoved = false
  let isAnswered = false
  exchange.whenOver = () => abort.abort()
  const check = setInterval(async () => {
    if ((await directory.isOwner(group, name, url)) || isAnswered) return
    hasMoved = true
    abort.abort()
  }, OWNER_CHECK_MS)
  try {
    return await peers.forward(url, sent, abort.signal)
  } catch (error) {
    if (exchange.isOver && !hasMoved) return LEFT
    throw error
  } finally {
    isAnswered = true
    clearInterval(check)
  }
}

function redirect(baseUrl: string, target: string, { basePath }: ClusterServices): Reply {
  const headers = [['Location', baseUrl + target.slice(basePath.length)]] as const
  return { status: 307, body: '', headers }
}

/** Path and query, from their decoded parts: two processes read them alike. */
function targetOf(
  path: string,
  { params }: RestRequest,
  { exchange, basePath }: ClusterServices,
): string {
  const written = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((params as Record<string, string>)[name] as string),
  )
  const query = exchange.rawQuery.replace(/[^\x21-\x7e]/gu, encodeURIComponent)
  return basePath + written + (query === '' ? '' : `?${query}`)
}
