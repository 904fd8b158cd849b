/** Tokens for Amazon MSK: the signature of AWS's documentation, and the parts of a token. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AwsCredentials, mskToken, presign } from '../../../../src/kafka/msk/iam-token.ts'

/** Of the examples in the documentation of Signature Version 4. */
const EXAMPLE: AwsCredentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  expiresAt: Number.POSITIVE_INFINITY,
}

test('a URL has the signature that the documentation of AWS has for it', () => {
  const url = presign(EXAMPLE, {
    host: 'examplebucket.s3.amazonaws.com',
    path: '/test.txt',
    query: {},
    bodyHash: 'UNSIGNED-PAYLOAD',
    region: 'us-east-1',
    service: 's3',
    lifeSeconds: 86_400,
    at: new Date('2013-05-24T00:00:00Z'),
  })
  assert.equal(
    url,
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})

const AT = new Date('2026-01-02T03:04:05.678Z')

function urlIn(token: string): URL {
  assert.match(token, /^[\w-]+$/)
  return new URL(Buffer.from(token, 'base64url').toString())
}

test('a token is a signed URL of the service of the region', () => {
  const { token, expiresAt } = mskToken(EXAMPLE, 'eu-central-1', AT)
  const url = urlIn(token)
  assert.equal(url.origin + url.pathname, 'https://kafka.eu-central-1.amazonaws.com/')
  const { searchParams: query } = url
  assert.equal(query.get('Action'), 'kafka-cluster:Connect')
  assert.equal(query.get('X-Amz-Date'), '20260102T030405Z')
  assert.equal(query.get('X-Amz-Expires'), '900')
  assert.match(query.get('X-Amz-Credential') ?? '', /\/20260102\/eu-central-1\/kafka-cluster\//)
  assert.match(query.get('X-Amz-Signature') ?? '', /^[0-9a-f]{64}$/)
  assert.equal(query.has('X-Amz-Security-Token'), false)
  assert.equal(expiresAt, Date.parse('2026-01-02T03:19:05Z'))
  assert.equal(
    urlIn(mskToken(EXAMPLE, 'cn-north-1', AT).token).hostname,
    'kafka.cn-north-1.amazonaws.com.cn',
  )
})

test('a token of temporary credentials names their session, and ends with them', () => {
  const session = { ...EXAMPLE, sessionToken: 'a+b/c=', expiresAt: AT.getTime() + 60_000 }
  const { token, expiresAt } = mskToken(session, 'eu-central-1', AT)
  assert.equal(urlIn(token).searchParams.get('X-Amz-Security-Token'), 'a+b/c=')
  assert.equal(expiresAt, session.expiresAt)
})

test('what is signed changes the signature', () => {
  const signatureOf = (credentials: AwsCredentials, region: string, at: Date) =>
    urlIn(mskToken(credentials, region, at).token).searchParams.get('X-Amz-Signature')
  const all = [
    signatureOf(EXAMPLE, 'us-east-1', AT),
    signatureOf(EXAMPLE, 'us-east-2', AT),
    signatureOf(EXAMPLE, 'us-east-1', new Date(AT.getTime() + 1000)),
    signatureOf({ ...EXAMPLE, secretAccessKey: 'other' }, 'us-east-1', AT),
    signatureOf({ ...EXAMPLE, accessKeyId: 'other' }, 'us-east-1', AT),
    signatureOf({ ...EXAMPLE, sessionToken: 'other' }, 'us-east-1', AT),
  ]
  assert.equal(new Set(all).size, all.length)
})
