/**
 * The token with which clients log in to Amazon MSK as a user or role of AWS: a signed URL (Signature Version 4, in the query
 * of a request), as the SASL signers of AWS write it.
 */
import { createHash, createHmac } from 'node:crypto'

/** Credentials of AWS: never in a log, an error or an output. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined
  /** Milliseconds since the epoch; Infinity for lasting credentials. */
  readonly expiresAt: number
}

/** A request for a signed URL. */
export interface UrlToSign {
  readonly host: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The hash of the body in hexadecimal digits, or what stands for it. */
  readonly bodyHash: string
  readonly region: string
  readonly service: string
  readonly lifeSeconds: number
  readonly at: Date
}

/** The longest life that MSK admits. */
const LIFE_SECONDS = 900
const SERVICE = 'kafka-cluster'
const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Returns a token for MSK in a region, with its end in milliseconds since the epoch. */
export function mskToken(
  credentials: AwsCredentials,
  region: string,
  at = new Date(),
): { readonly token: string; readonly expiresAt: number } {
  const url = presign(credentials, {
    host: `kafka.${region}.${domainOf(region)}`,
    path: '/',
    query: { Action: 'kafka-cluster:Connect' },
    bodyHash: sha256(''),
    region,
    service: SERVICE,
    lifeSeconds: LIFE_SECONDS,
    at,
  })
  // Behind the signature: the broker tells the administrators which clients there are.
  const token = Buffer.from(`${url}&User-Agent=sluice`).toString('base64url')
  const end = Math.floor(at.getTime() / 1000) * 1000 + LIFE_SECONDS * 1000
  return { token, expiresAt: Math.min(end, credentials.expiresAt) }
}

/** The domain of the services of AWS in a region. */
export function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
}

/** Returns the URL of a GET request, signed by its query (AWS General Reference, "Signature Version 4"). */
export function presign(credentials: AwsCredentials, request: UrlToSign): string {
  const { host, path, region, service, lifeSeconds } = request
  const time = request.at.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const scope = `${day}/${region}/${service}/aws4_request`
  const query = canonicalQuery({
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(lifeSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
  })
  const canonical = ['GET', path, query, `host:${host}`, '', 'host', request.bodyHash].join('\n')
  const text = [ALGORITHM, time, scope, sha256(canonical)].join('\n')
  const keyOfDay = hmac(`AWS4${credentials.secretAccessKey}`, day)
  const key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, keyOfDay)
  return `https://${host}${path}?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
}

/** RFC 3986: encodeURIComponent() leaves five characters that the rules of signatures do not. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
