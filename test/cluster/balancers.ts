/** nginx and HAProxy, configured by the text of docs/load-balancers.md. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'
import { ChildServer } from './child-server.ts'
import { freePorts } from './free-ports.ts'

const DOCS = join(import.meta.dirname, '../../docs/load-balancers.md')

/** The nodes in the docs, in their order. */
const DOCUMENTED_NODES = ['10.0.0.1:8082', '10.0.0.2:8082']

/** Daemons are not in every user's path. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }

/** A running balancer. */
export interface Balancer {
  readonly url: string
  log(): string
  stop(): Promise<void>
}

/** A balancer that the docs configure: its name is the language of their block. */
export type BalancerName = 'nginx' | 'haproxy'

interface Installation {
  /** Where it listens in the docs, and how that is written for a port of the loopback interface. */
  readonly listens: [documented: string, here: (port: number) => string]
  /** Writes what Debian's package has around the configuration. Returns the command's arguments. */
  prepare(folder: string, configuration: string): string[]
}

const INSTALLATIONS: Record<BalancerName, Installation> = {
  nginx: {
    listens: ['listen 80;', (port) => `listen 127.0.0.1:${port};`],
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
    listens: ['bind :80', (port) => `bind 127.0.0.1:${port}`],
    prepare(folder, configuration) {
      const file = join(folder, 'haproxy.cfg')
      writeFileSync(file, configuration)
      return ['-db', '-f', file]
    },
  },
}

/** Starts a balancer in front of two nodes. Resolves when a request gets through it. */
export async function startBalancer(
  name: BalancerName,
  nodes: readonly [string, string],
): Promise<Balancer> {
  const { listens, prepare } = INSTALLATIONS[name]
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const here = nodes.map((node) => new URL(node).host)
  const configuration = replaceEach(documented(name), [
    ...DOCUMENTED_NODES.map((node, index) => [node, here[index] as string] as const),
    [listens[0], listens[1](port)],
  ])
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const cancelRemoval = atExit(removeFolder)
  const logFile = join(folder, 'log')
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
    url,
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await server.stop()
      cancelRemoval()
      removeFolder()
    },
  }
}

/** The settings that the docs demand of each node. */
export function documentedSettings(): Record<string, string> {
  const lines = documented('properties').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split('=') as [string, string]))
}

/** The one block of the docs in a language. */
function documented(language: string): string {
  const blocks = [...readFileSync(DOCS, 'utf8').matchAll(/^```(\w*)\n(.*?)^```/gms)]
  const [block, ...others] = blocks.filter((match) => match[1] === language)
  if (!block || others.length > 0) throw new Error(`The docs have not one block in ${language}.`)
  return block[2] as string
}

/** Throws for a text that is not there: the docs would say something else than the tests. */
function replaceEach(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`The configuration in the docs has no ${from}.`)
    return result.replaceAll(from, to)
  }, text)
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthy`)).status === 200
  } catch {
    return false
  }
}
