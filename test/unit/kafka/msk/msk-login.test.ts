/** The login to Amazon MSK: the settings of Java clients that ask for it, and the refresh of its token. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { loadConfig } from '../../../../src/config/index.ts'
import { AwsCredentialsError } from '../../../../src/kafka/msk/aws-credentials.ts'
import type { AwsCredentials } from '../../../../src/kafka/msk/iam-token.ts'
import { ProcessToken } from '../../../../src/kafka/msk/process-token.ts'
import { native } from '../../../../src/kafka/native.ts'
import {
  adminProperties,
  checkClientSettings,
  mskLoginOf,
} from '../../../../src/kafka/settings/client-config.ts'
import { createLog } from '../../../../src/log.ts'

afterEach(() => {
  mock.timers.reset()
  mock.restoreAll()
})

const SERVERS = 'bootstrap.servers=b-1.one.abc.c2.kafka.eu-west-1.amazonaws.com:9098'
const MODULE = 'software.amazon.msk.auth.iam.IAMLoginModule required;'
const JAVA = [
  'client.security.protocol=SASL_SSL',
  'client.sasl.mechanism=AWS_MSK_IAM',
  `client.sasl.jaas.config=${MODULE}`,
  'client.sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler',
]

function load(...sets: string[]) {
  const { config } = loadConfig({ sets })
  const { warnings, faults } = checkClientSettings(config)
  return { config, warnings, faults: faults.map(({ key }) => key) }
}

test('the settings of the library for Java mean OAUTHBEARER with the token of the process', () => {
  const { config, warnings, faults } = load(SERVERS, ...JAVA)
  assert.deepEqual([warnings, faults], [[], []])
  const properties = new Map(adminProperties(config).properties)
  assert.equal(properties.get('sasl.mechanism'), 'OAUTHBEARER')
  assert.equal(properties.get('sasl.oauthbearer.config'), 'process:msk:eu-west-1')
  assert.deepEqual(mskLoginOf(config), { tokenName: 'process:msk:eu-west-1', region: 'eu-west-1' })
})

test('so do those of its handler for OAUTHBEARER', () => {
  const { config, warnings, faults } = load(
    'bootstrap.servers=boot-x.c1.kafka-serverless.us-east-2.amazonaws.com:9098',
    'client.security.protocol=SASL_SSL',
    'client.sasl.mechanism=OAUTHBEARER',
    'client.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
    'client.sasl.login.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler',
  )
  assert.deepEqual([warnings, faults], [[], []])
  assert.equal(mskLoginOf(config)?.region, 'us-east-2')
})

test('another login has no such token', () => {
  assert.equal(mskLoginOf(load(SERVERS).config), undefined)
})

test('an option that would choose another role prevents the start, and so does an unknown region', () => {
  const [protocol, mechanism] = JAVA as [string, string]
  const other = MODULE.replace(';', ' awsRoleArn="arn:aws:iam::1:role/other";')
  const faulty = load(SERVERS, protocol, mechanism, `client.sasl.jaas.config=${other}`)
  assert.deepEqual(faulty.faults, ['client.sasl.jaas.config'])
  const env = { ...process.env }
  delete process.env['AWS_REGION']
  delete process.env['AWS_DEFAULT_REGION']
  assert.deepEqual(load('bootstrap.servers=broker:9098', ...JAVA).faults, ['bootstrap.servers'])
  process.env['AWS_REGION'] = 'eu-north-1'
  assert.deepEqual(load('bootstrap.servers=broker:9098', ...JAVA).faults, [])
  process.env = env
})

const LASTING: AwsCredentials = {
  accessKeyId: 'a',
  secretAccessKey: 'b',
  expiresAt: Number.POSITIVE_INFINITY,
}

test('the engine gets a token at the start, and others before it ends or after a failure', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-01-01') })
  const given = mock.method(native, 'setToken', () => true)
  let works = true
  const read = async () => {
    if (!works) throw new AwsCredentialsError('no answer')
    return LASTING
  }
  const login = { tokenName: 'process:msk:eu-west-1', region: 'eu-west-1' }
  const token = new ProcessToken(login, createLog({ level: 'silent', format: 'json' }), read)
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const own = [['sasl.oauthbearer.config', login.tokenName]] as const
  assert.equal(token.tokenOf(own), undefined)
  await token.start()
  assert.equal(given.mock.callCount(), 1)
  // Calls to brokers that librdkafka does not have log in with it, too; those of callers with another login do not.
  assert.equal(token.tokenOf(own), given.mock.calls[0]?.arguments[1])
  assert.equal(token.tokenOf([['sasl.oauthbearer.config', 'caller:alice']]), undefined)
  assert.equal(token.tokenOf([['sasl.username', login.tokenName]]), undefined)
  assert.deepEqual(given.mock.calls[0]?.arguments.at(2), Date.parse('2026-01-01T00:15:00Z'))
  works = false
  mock.timers.tick(720_000)
  await settle()
  assert.equal(given.mock.callCount(), 1)
  works = true
  mock.timers.tick(10_000)
  await settle()
  assert.equal(given.mock.callCount(), 2)
  token.stop()
  mock.timers.tick(3_600_000)
  await settle()
  assert.equal(given.mock.callCount(), 2)
})
