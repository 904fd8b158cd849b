/**
 * The health check of the image: exits with 0 when the process answers `/healthy` at its first listener. The listener
 * comes from the environment, and from the properties file that the argument names.
 */
import { type Listener, listenersOf, loadConfig } from './config/index.ts'

/** The address for a listener on all addresses. */
const LOCAL_HOSTS = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])
const TIMEOUT_MS = 4000

async function isHealthy({ host, port, path }: Listener): Promise<boolean> {
  const local = LOCAL_HOSTS.get(host) ?? host
  const authority = local.includes(':') ? `[${local}]:${port}` : `${local}:${port}`
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  return (await fetch(`http://${authority}${path}/healthy`, { signal })).ok
}

const { config } = loadConfig({ file: process.argv[2], environment: process.env })
const [listener] = listenersOf(config)
try {
  if (!listener || !(await isHealthy(listener))) process.exitCode = 1
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
