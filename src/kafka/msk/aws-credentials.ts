/**
 * The credentials of AWS of this process, from the places in which programs of AWS look for them: environment variables, a
 * web identity (Kubernetes service accounts), the agent of a container (ECS, EKS), and the metadata of an instance (EC2).
 */
import { readFile } from 'node:fs/promises'
import { type AwsCredentials, domainOf } from './iam-token.ts'

/** Why there are no credentials: no answer and nothing of a credential is in its message. */
export class AwsCredentialsError extends Error {
  override readonly name = 'AwsCredentialsError'
}

type Environment = Readonly<Record<string, string | undefined>>

const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024
const INSTANCE_METADATA = 'http://169.254.169.254'
const ROLES_PATH = '/latest/meta-data/iam/security-credentials/'
/** The life of the key with which the metadata of an instance are read. */
const METADATA_KEY_SECONDS = 60

/** The agents of containers. Credentials are asked for over plain connections at these and at the own machine only. */
const CONTAINER_AGENT = '169.254.170.2'
const PLAIN_HOSTS = new Set([
  CONTAINER_AGENT,
  '169.254.170.23',
  '[fd00:ec2::23]',
  '127.0.0.1',
  '[::1]',
  'localhost',
])

/** Reads the credentials. The first place that is set counts. Rejects with an AwsCredentialsError. */
export async function readAwsCredentials(
  region: string,
  env: Environment = process.env,
): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env['AWS_SESSION_TOKEN']
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt: Number.POSITIVE_INFINITY }
  }
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] && env['AWS_ROLE_ARN']) return ofWebIdentity(region, env)
  if (env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']) {
    return ofContainer(
      `http://${CONTAINER_AGENT}${env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']}`,
      env,
    )
  }
  if (env['AWS_CONTAINER_CREDENTIALS_FULL_URI']) {
    return ofContainer(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'], env)
  }
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') {
    throw new AwsCredentialsError('no environment variable of AWS names any')
  }
  return ofInstance(env)
}

async function ofWebIdentity(region: string, env: Environment): Promise<AwsCredentials> {
  const file = env['AWS_WEB_IDENTITY_TOKEN_FILE'] as string
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: env['AWS_ROLE_ARN'] as string,
    RoleSessionName: env['AWS_ROLE_SESSION_NAME'] || 'sluice',
    WebIdentityToken: (await textOf(file)).trim(),
  })
  const url = env['AWS_ENDPOINT_URL_STS'] || `https://sts.${region}.${domainOf(region)}/`
  const answer = await ask(url, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: form,
  })
  const { Credentials: found } =
    (parsed(answer) as StsAnswer).AssumeRoleWithWebIdentityResponse
      ?.AssumeRoleWithWebIdentityResult ?? {}
  // The service writes seconds.
  const expiresAt = typeof found?.Expiration === 'number' ? found.Expiration * 1000 : undefined
  return credentialsIn({ ...found, Token: found?.SessionToken }, expiresAt)
}

async function ofContainer(url: string, env: Environment): Promise<AwsCredentials> {
  if (!URL.canParse(url)) throw new AwsCredentialsError('the URI of the container is none')
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && !(protocol === 'http:' && PLAIN_HOSTS.has(hostname))) {
    throw new AwsCredentialsError('the URI of the container is neither https nor of its agent')
  }
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const authorization = file ? await textOf(file) : env['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  const headers = authorization ? { authorization: authorization.trim() } : {}
  return credentialsIn(parsed(await ask(url, { headers })) as Found)
}

async function ofInstance(env: Environment): Promise<AwsCredentials> {
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT']?.replace(/\/$/, '') || INSTANCE_METADATA
  const key = await ask(`${base}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(METADATA_KEY_SECONDS) },
  })
  const headers = { 'x-aws-ec2-metadata-token': key.trim() }
  const [role = ''] = (await ask(base + ROLES_PATH, { headers })).trim().split('\n')
  return credentialsIn(parsed(await ask(base + ROLES_PATH + role.trim(), { headers })) as Found)
}

/** Credentials as the services write them. */
interface Found {
  readonly AccessKeyId?: unknown
  readonly SecretAccessKey?: unknown
  readonly Token?: unknown
  readonly Expiration?: unknown
}

interface StsAnswer {
  readonly AssumeRoleWithWebIdentityResponse?: {
    readonly AssumeRoleWithWebIdentityResult?: {
      readonly Credentials?: Found & { readonly SessionToken?: unknown }
    }
  }
}

function credentialsIn(
  { AccessKeyId, SecretAccessKey, Token, Expiration }: Found,
  expiresAt = Date.parse(String(Expiration)),
): AwsCredentials {
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (!isText(AccessKeyId) || !isText(SecretAccessKey) || !isText(Token) || !(expiresAt > 0)) {
    throw new AwsCredentialsError('the answer has no temporary credentials')
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: Token,
    expiresAt,
  }
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // An error of the parser would quote the answer.
  }
  throw new AwsCredentialsError('the answer is no JSON object')
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new AwsCredentialsError(`${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

async function ask(url: string, init: RequestInit): Promise<string> {
  const { origin } = new URL(url)
  let response: Response
  let text: string
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    response = await fetch(url, { ...init, redirect: 'error', signal })
    text = await response.text()
  } catch (error) {
    const { cause, name } = error as Error
    const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? name
    throw new AwsCredentialsError(`${origin} does not answer: ${code}`)
  }
  if (!response.ok) throw new AwsCredentialsError(`${origin} answers ${response.status}`)
  if (text.length > MAX_BYTES) throw new AwsCredentialsError(`${origin} answers too much`)
  return text
}
