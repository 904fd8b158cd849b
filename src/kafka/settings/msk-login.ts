/** The login to Amazon MSK as a user or role of AWS, from the settings of Java clients. */
import { type Findings, parseJaas, ValueFault } from '../../config/index.ts'
import type { ClientSettings } from './client-settings.ts'

/** The mechanism of the library aws-msk-iam-auth for Java. */
export const AWS_MSK_IAM = 'AWS_MSK_IAM'
/** The class of that library for its mechanism. */
export const IAM_CLIENT_HANDLER = 'software.amazon.msk.auth.iam.IAMClientCallbackHandler'
/** The class of that library for OAUTHBEARER. */
export const IAM_LOGIN_HANDLER = 'software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler'

/** The engine knows the token of the process by a name with this prefix. */
const NAME_PREFIX = 'process:msk:'

/** Names of brokers of MSK, provisioned and serverless. */
const BROKER = /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?::\d+)?$/

/** Whether the settings ask for such a login. */
export function isMskLogin(settings: ClientSettings): boolean {
  const text = (name: string) => settings.get(name)?.text
  return (
    text('sasl.mechanism') === AWS_MSK_IAM ||
    text('sasl.login.callback.handler.class') === IAM_LOGIN_HANDLER
  )
}

/**
 * Returns the name of the token that such a login uses. Adds faults of settings that would have another meaning for Java
 * clients, and of brokers whose names have no region.
 *
 * @param servers the brokers as librdkafka has them
 */
export function mskTokenName(
  settings: ClientSettings,
  servers: string,
  findings: Findings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  findings.tryRead(settings.get('sasl.jaas.config'), checkModule)
  const region = regionOf(servers) ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  if (region === undefined || region === '') {
    findings.faults.push({
      key: 'bootstrap.servers',
      expected: `names of brokers of Amazon MSK, which have a region, or the environment variable AWS_REGION, because of the login to MSK, instead of ${servers}`,
      source: 'the settings of Kafka clients',
    })
  }
  return NAME_PREFIX + region
}

/** Returns the region of a token with such a name; undefined for other names. */
export function regionOfToken(name: string): string | undefined {
  return name.startsWith(NAME_PREFIX) ? name.slice(NAME_PREFIX.length) : undefined
}

function regionOf(servers: string): string | undefined {
  return servers
    .split(',')
    .map((server) => BROKER.exec(server)?.[1])
    .find((region) => region !== undefined)
}

/** An option would choose another user or role. */
function checkModule(text: string): void {
  const { module, options } = parseJaas(text)
  if (module !== 'IAMLoginModule' && module !== 'OAuthBearerLoginModule') {
    throw new ValueFault('IAMLoginModule or OAuthBearerLoginModule, because of the login to MSK')
  }
  const unknown = [...options.keys()].find((name) => name !== 'awsDebugCreds')
  if (unknown === undefined) return
  throw new ValueFault(
    `no option ${unknown}: the credentials are those of the environment, of the container or of the instance`,
  )
}
