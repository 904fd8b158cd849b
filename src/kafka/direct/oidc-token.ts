/** Tokens of an OpenID provider for connections that are not librdkafka's, which gets tokens for its own only. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { RestError } from '../../errors.ts'
import { kafkaError } from '../errors.ts'
import type { OidcGrant } from '../settings/oidc-grant.ts'
import { AUTHENTICATION, TRANSPORT, timedOut } from './faults.ts'

/** A token is replaced after this part of its life, as librdkafka does. */
const PART_OF_LIFE = 0.8
const MAX_ANSWER_BYTES = 256 * 1024
/** RFC 6750. */
const TOKEN = /^[\w\-.~+/]+=*$/
const PROVIDER = 'The issuer of tokens (sasl.oauthbearer.token.endpoint.url)'

interface Known {
  readonly token: string
  /** By performance.now(). */
  readonly freshUntil: number
}

/** By a hash of the grant. A process has a handful of them. */
const known = new Map<string, Known>()

/**
 * Resolves to a token, which is kept for most of its life. Rejects with a RestError: of the authentication if the provider
 * refuses the client, of the transport if it cannot be asked, and with a timeout after `timeoutMs`. No error quotes the answer.
 */
export async function oidcToken(grant: OidcGrant, timeoutMs: number): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(grant)).digest('hex')
  const kept = known.get(key)
  if (kept && performance.now() < kept.freshUntil) return kept.token
  const { status, body } = await ask(grant, timeoutMs)
  if (status >= 500 || status === 429) throw unavailable(`answers with status ${status}`)
  if (status !== 200) throw kafkaError(AUTHENTICATION, '')
  const { token, lifeMs } = tokenIn(body)
  known.set(key, { token, freshUntil: performance.now() + PART_OF_LIFE * lifeMs })
  return token
}

function unavailable(what: string): RestError {
  return kafkaError(TRANSPORT, `${PROVIDER} ${what}.`)
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** A redirection is not followed: it is an answer with another status. */
function ask(grant: OidcGrant, timeoutMs: number): Promise<Answer> {
  const { url, clientId, clientSecret, scope } = grant
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) })
  const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const options = {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Basic ${pair}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
  } as const
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith('https:')
    const sent = isTls
      ? requestHttps(url, { ...options, ...authoritiesOf(grant) })
      : requestHttp(url, options)
    const timer = setTimeout(() => sent.destroy(timedOut()), timeoutMs)
    sent.on('error', (error: NodeJS.ErrnoException) => {
      reject(error instanceof RestError ? error : unavailable(`cannot be reached: ${error.code}`))
    })
    sent.on('close', () => {
      clearTimeout(timer)
      reject(unavailable('has closed the connection'))
    })
    sent.on('response', (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        bytes += piece.length
        if (bytes > MAX_ANSWER_BYTES) sent.destroy(unavailable('sends too much'))
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() })
      })
    })
    sent.end(form.toString())
  })
}

/** Throws a RestError if the file cannot be read. */
function authoritiesOf({ caPem, caLocation }: OidcGrant): { readonly ca?: string } {
  if (caPem !== undefined) return { ca: caPem }
  if (caLocation === undefined) return {}
  try {
    return { ca: readFileSync(caLocation, 'utf8') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw kafkaError(
      TRANSPORT,
      `https.ca.location of Kafka clients names no readable file: ${code}`,
    )
  }
}

function tokenIn(body: string): { readonly token: string; readonly lifeMs: number } {
  let answer: { readonly access_token?: unknown; readonly expires_in?: unknown } | null
  try {
    answer = JSON.parse(body)
  } catch {
    throw unavailable('answers without JSON')
  }
  const { access_token: token, expires_in: life } = answer ?? {}
  if (typeof token !== 'string' || !TOKEN.test(token)) throw unavailable('answers without a token')
  const lifeMs = Number(life ?? 0) * 1000
  // A token of an unknown life is used once.
  return { token, lifeMs: lifeMs > 0 ? lifeMs : 0 }
}
