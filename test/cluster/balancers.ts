/** nginx and HAProxy with the configurations in `deploy/`, which docs/load-balancers.md shows. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, createIdentity, type Identity } from '../certificates.ts'
import { atExit } from './at-exit.ts'
import { ChildServer } from './child-server.ts'
import { freePorts } from './free-ports.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')

/** The nodes in the files, in their order. */
const DOCUMENTED_NODES = ['10.0.0.1:8082', '10.0.0.2:8082', '10.0.0.3:8082']
const DOCUMENTED_BALANCER = '10.0.0.100'

/** Daemons are not in every user's path. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }

/** A balancer that `deploy/` configures. */
export type BalancerName = 'nginx' | 'haproxy'

/** A running balancer. */
export interface Balancer {
  readonly name: BalancerName
  readonly url: string
  /** Where it ends TLS. Its certificate is signed by `authority`. */
  readonly tlsUrl: string
  readonly authority: Identity
  log(): string
  stop(): Promise<void>
}

/** A text of the configuration, and what replaces it. */
export type Replacement = readonly [from: string, to: string]

interface Places {
  readonly port: number
  readonly tlsPort: number
  readonly identity: Identity
}

interface Installation {
  readonly file: string
  /** Where it listens in the file, and where in a test. */
  places(here: Places): Replacement[]
  /** Writes what Debian's package has around the configuration. Returns the command's arguments. */
  prepare(folder: string, configuration: string): string[]
}

const INSTALLATIONS: Record<BalancerName, Installation> = {
  nginx: {
    file: 'nginx/sluice.conf',
    places: ({ port, tlsPort, identity }) => [
      ['listen 80;', `listen 127.0.0.1:${port};`],
      ['listen 443 ', `listen 127.0.0.1:${tlsPort} `],
      ['/etc/ssl/sluice/tls.crt', identity.cert],
      ['/etc/ssl/sluice/tls.key', identity.key],
    ],
    prepare(folder, configuration) {
      mkdirSync(join(folder, 'conf.d'))
      writeFileSync(join(folder, 'conf.d/sluice.conf'), configuration)
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${folder}/${name};`)
        .join(' ')
      const user = process.getuid?.() === 0 ? 'user root;' : ''
      const main =
        `${user} daemon off; pid ${folder}/pid; error_log stderr notice; events { }\n` +
        `http { access_log off; ${temporary}\ninclude ${folder}/conf.d/*.conf;\n}\n`
      writeFileSync(join(folder, 'nginx.conf'), main)
      return ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')]
    },
  },
  haproxy: {
    file: 'haproxy/haproxy.cfg',
    places: ({ port, tlsPort, identity }) => [
      ['bind :80', `bind 127.0.0.1:${port}`],
      ['bind :443', `bind 127.0.0.1:${tlsPort}`],
      ['/etc/haproxy/sluice.pem', identity.pem],
    ],
    prepare(folder, configuration) {
      const file = join(folder, 'haproxy.cfg')
      writeFileSync(file, configuration)
      return ['-db', '-f', file]
    },
  },
}

/**
 * Starts a balancer in front of one to three nodes; `changes` replace parts of its configuration. Resolves when it
 * accepts connections.
 */
export async function startBalancer(
  name: BalancerName,
  nodes: readonly string[],
  changes: readonly Replacement[] = [],
): Promise<Balancer> {
  const { file, places, prepare } = INSTALLATIONS[name]
  const [port = 0, tlsPort = 0] = await freePorts(2)
  const authority = createAuthority(`authority-${port}`)
  const identity = createIdentity(`balancer-${port}`, authority, 'IP:127.0.0.1')
  const here = nodes.map((node) => new URL(node).host)
  const configuration = replaceEach(
    withNodes(here.length, readFileSync(join(DEPLOY, file), 'utf8')),
    [
      ...here.map((node, index) => [DOCUMENTED_NODES[index] as string, node] as const),
      ...places({ port, tlsPort, identity }),
      ...changes,
    ],
  )
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const cancelRemoval = atExit(removeFolder)
  const logFile = join(folder, 'log')
  const url = `http://127.0.0.1:${port}`
  const server = new ChildServer({
    name,
    command: name,
    args: prepare(folder, configuration),
    env: ENVIRONMENT,
    logFile,
    isReady: () => answers(url),
  })
  await server.start()
  return {
    name,
    url,
    tlsUrl: `https://127.0.0.1:${tlsPort}`,
    authority,
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await server.stop()
      cancelRemoval()
      removeFolder()
    },
  }
}

/** The settings that each node needs behind a balancer on this machine. */
export function documentedSettings(): Record<string, string> {
  const text = replaceEach(readFileSync(join(DEPLOY, 'sluice.properties'), 'utf8'), [
    [DOCUMENTED_BALANCER, '127.0.0.1'],
  ])
  const lines = text.split('\n').filter((line) => /^[^#]/.test(line))
  return Object.fromEntries(lines.map((line) => line.split('=') as [string, string]))
}

/** Removes the lines of nodes that a test does not have. */
function withNodes(count: number, text: string): string {
  const absent = DOCUMENTED_NODES.slice(count)
  const lines = text.split('\n')
  return lines.filter((line) => !absent.some((node) => line.includes(node))).join('\n')
}

/** Throws for a text that is not there: the file would say something else than the tests. */
function replaceEach(text: string, pairs: readonly Replacement[]): string {
  return pairs.reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`The configuration has no ${from}.`)
    return result.replaceAll(from, to)
  }, text)
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/healthy`)).arrayBuffer()
    return true
  } catch {
    return false
  }
}
