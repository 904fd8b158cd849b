/** Entity tags, by which a client revalidates its copy of a response (RFC 9110, 8.8.3). */
import { createHash } from 'node:crypto'
import type { Reply } from './route.ts'

/** The entity tag of a body. */
export function etagOf(body: string | Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

/** The reply, or 304 when the client has named its entity tag in If-None-Match. */
export function unlessKnown(reply: Reply, ifNoneMatch: string): Reply {
  const { etag } = reply
  if (etag === undefined) return reply
  const headers = [...(reply.headers ?? []), ['ETag', etag] as const]
  if (!includes(ifNoneMatch, etag)) return { ...reply, headers }
  return { status: 304, body: null, contentType: '', headers }
}

/** Compares weakly: a proxy that compresses makes a tag weak. */
function includes(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === '') return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim())
  return tags.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)
}
