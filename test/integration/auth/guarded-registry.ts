/** A schema registry with users and rights: a proxy in front of a real one, which has neither. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'

/** A question that came. */
export interface SeenQuestion {
  /** Undefined for a login that is unknown. */
  readonly user: string | undefined
  readonly method: string
  readonly path: string
}

/** See startGuardedRegistry(). */
export interface GuardedRegistry {
  /** As `schema.registry.url` takes it. */
  readonly url: string
  readonly seen: SeenQuestion[]
  /** The value of Authorization that a user has. A user may have several. */
  addLogin(user: string, authorization: string): void
  /** What a user may see and register, as a pattern of subjects. */
  allow(user: string, subjects: RegExp): void
  stop(): void
}

/** Starts a proxy in front of the registry at a URL. */
export async function startGuardedRegistry(target: string): Promise<GuardedRegistry> {
  const logins = new Map<string, string>()
  const rights = new Map<string, RegExp>()
  const seen: SeenQuestion[] = []

  async function subjectsOf(path: string): Promise<string[]> {
    const [, subject] = /^\/subjects\/([^/?]+)/.exec(path) ?? []
    if (subject !== undefined) return [decodeURIComponent(subject)]
    const [, id] = /^\/schemas\/ids\/(\d+)/.exec(path) ?? []
    if (id === undefined) return []
    const answer = await fetch(`${target}/schemas/ids/${id}/versions`)
    const versions = (await answer.json()) as { subject: string }[]
    return answer.ok ? versions.map((version) => version.subject) : []
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const body = Buffer.concat(await request.toArray())
    const user = logins.get(headers.authorization ?? '')
    seen.push({ user, method, path })
    if (user === undefined) {
      refuse(response, 401, 401, 'Unauthorized')
      return
    }
    const allowed = rights.get(user)
    const subjects = await subjectsOf(path)
    if (!subjects.some((subject) => allowed?.test(subject))) {
      refuse(response, 403, 40301, 'User is denied operation')
      return
    }
    const answer = await fetch(target + path, {
      method,
      headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
      ...(body.length > 0 && { body }),
    })
    response.writeHead(answer.status, { 'content-type': MEDIA_TYPE })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.statusCode = 500
      response.end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    addLogin: (user, authorization) => logins.set(authorization, user),
    allow: (user, subjects) => rights.set(user, subjects),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'content-type': MEDIA_TYPE })
  response.end(JSON.stringify({ error_code: code, message }))
}
