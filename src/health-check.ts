/**
 * The health check of the image: exits with 0 when the process answers `/healthy` at its first plain listener, or else at
 * its first one; listeners for operators take precedence. The listeners come from the environment, and from the properties file that the argument names.
 */
import { get as getOverHttp } from 'node:http'
import { get as getOverHttps } from 'node:https'
import {
  adminListenersOf,
  type Config,
  type Listener,
  listenersOf,
  loadConfig,
} from './config/index.ts'

/** The address for a listener on all addresses. */
const LOCAL_HOSTS = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])
const TIMEOUT_MS = 4000

/** The answer of a listener that asks clients for certificates, which the health check does not have. */
const CERTIFICATE_REQUIRED = /ALERT_(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/

function isHealthy({ scheme, host, port, path }: Listener): Promise<boolean> {
  const get = scheme === 'https' ? getOverHttps : getOverHttp
  const options = {
    host: LOCAL_HOSTS.get(host) ?? host,
    port,
    path: `${path}/healthy`,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // The check asks for life on this machine; a certificate names the host of clients.
    rejectUnauthorized: false,
  }
  return new Promise((resolve, reject) => {
    get(options, ({ statusCode }) => resolve(statusCode === 200)).on('error', (error) => {
      const { code = '' } = error as NodeJS.ErrnoException
      if (CERTIFICATE_REQUIRED.test(code)) resolve(true)
      else reject(error)
    })
  })
}

function listenerOf(config: Config): Listener | undefined {
  const forOperators = adminListenersOf(config)
  const listeners = forOperators.length > 0 ? forOperators : listenersOf(config)
  return listeners.find(({ scheme }) => scheme === 'http') ?? listeners[0]
}

const { config } = loadConfig({ file: process.argv[2], environment: process.env })
const listener = listenerOf(config)
try {
  process.exitCode = listener && (await isHealthy(listener)) ? 0 : 1
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
// A kept connection or a stalled response must not keep this process.
process.exit()
