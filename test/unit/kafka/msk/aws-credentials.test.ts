/** The places of AWS's credentials, on a server that stands for the services of AWS. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import {
  AwsCredentialsError,
  readAwsCredentials,
} from '../../../../src/kafka/msk/aws-credentials.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-aws-'))
const EXPIRATION = '2030-01-02T03:04:05Z'
const FOUND = {
  AccessKeyId: 'id-1',
  SecretAccessKey: 'secret-1',
  Token: 'session-1',
  Expiration: EXPIRATION,
}
const EXPECTED = {
  accessKeyId: 'id-1',
  secretAccessKey: 'secret-1',
  sessionToken: 'session-1',
  expiresAt: Date.parse(EXPIRATION),
}

interface Asked {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const asked: Asked[] = []
let answers: Record<string, [status: number, body: string]> = {}
const server = createServer(async (request, response) => {
  const { method, url: path, headers } = request
  const body = Buffer.concat(await request.toArray()).toString()
  asked.push({ method, path, headers, body })
  const [status, text] = answers[`${method} ${path}`] ?? [404, 'nothing']
  response.writeHead(status).end(text)
})
let url: string

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  asked.length = 0
  answers = {}
})
after(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AwsCredentialsError)
    assert.match(error.message, pattern)
    assert.doesNotMatch(error.message, /secret-1|session-1|key-of-metadata/)
    return true
  }
}

test('environment variables come first', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' }
  const found = await readAwsCredentials('eu-west-1', {
    ...env,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
  })
  assert.deepEqual(found, {
    accessKeyId: 'a',
    secretAccessKey: 'b',
    sessionToken: 'c',
    expiresAt: Number.POSITIVE_INFINITY,
  })
  assert.equal(asked.length, 0)
})

test('a web identity becomes a role', async () => {
  const file = join(folder, 'identity')
  writeFileSync(file, 'web-token\n')
  const Credentials = {
    AccessKeyId: 'id-1',
    SecretAccessKey: 'secret-1',
    SessionToken: 'session-1',
    Expiration: Date.parse(EXPIRATION) / 1000,
  }
  const answer = {
    AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials } },
  }
  answers = { 'POST /': [200, JSON.stringify(answer)] }
  const env = {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: 'arn:aws:iam::1:role/sluice',
    AWS_ENDPOINT_URL_STS: url,
  }
  assert.deepEqual(await readAwsCredentials('eu-west-1', env), EXPECTED)
  const form = new URLSearchParams(asked[0]?.body)
  assert.equal(form.get('RoleArn'), 'arn:aws:iam::1:role/sluice')
  assert.equal(form.get('WebIdentityToken'), 'web-token')
  assert.equal(asked[0]?.headers.accept, 'application/json')
  const missing = { ...env, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'missing') }
  await assert.rejects(readAwsCredentials('eu-west-1', missing), refusal(/missing: ENOENT/))
})

test('the agent of a container is asked with its key', async () => {
  answers = { 'GET /v1/credentials': [200, JSON.stringify(FOUND)] }
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials` }
  assert.deepEqual(await readAwsCredentials('eu-west-1', env), EXPECTED)
  assert.equal(asked[0]?.headers.authorization, undefined)
  const file = join(folder, 'key')
  writeFileSync(file, 'key-of-agent\n')
  await readAwsCredentials('eu-west-1', { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file })
  assert.equal(asked[1]?.headers.authorization, 'key-of-agent')
})

test('credentials do not come over plain connections from elsewhere', async () => {
  for (const uri of ['http://example.com/credentials', 'ftp://127.0.0.1/', 'nonsense']) {
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri }
    await assert.rejects(readAwsCredentials('eu-west-1', env), refusal(/the URI of the container/))
  }
})

test('the metadata of an instance are asked with a key', async () => {
  answers = {
    'PUT /latest/api/token': [200, 'key-of-metadata'],
    'GET /latest/meta-data/iam/security-credentials/': [200, 'role-1\n'],
    'GET /latest/meta-data/iam/security-credentials/role-1': [200, JSON.stringify(FOUND)],
  }
  const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${url}/` }
  assert.deepEqual(await readAwsCredentials('eu-west-1', env), EXPECTED)
  const keys = asked.slice(1).map(({ headers }) => headers['x-aws-ec2-metadata-token'])
  assert.deepEqual(keys, ['key-of-metadata', 'key-of-metadata'])
  const disabled = { ...env, AWS_EC2_METADATA_DISABLED: 'true' }
  await assert.rejects(
    readAwsCredentials('eu-west-1', disabled),
    refusal(/no environment variable/),
  )
})

test('answers without credentials are errors that quote nothing', async () => {
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/x` }
  for (const [status, body, pattern] of [
    [500, 'secret-1', /answers 500/],
    [200, '{"SecretAccessKey":"secret-1"', /no JSON/],
    [200, JSON.stringify({ ...FOUND, AccessKeyId: '' }), /no temporary credentials/],
    [200, JSON.stringify({ ...FOUND, Token: undefined }), /no temporary credentials/],
    [200, JSON.stringify({ ...FOUND, Expiration: 'soon' }), /no temporary credentials/],
  ] as const) {
    answers = { 'GET /x': [status, body] }
    await assert.rejects(readAwsCredentials('eu-west-1', env), refusal(pattern))
  }
  const closed = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/' }
  await assert.rejects(readAwsCredentials('eu-west-1', closed), refusal(/does not answer/))
})
