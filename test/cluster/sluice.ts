/** Sluice as an operator runs it: a process of its own, for what cannot be tested within one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'
import { ChildServer, type Ending } from './child-server.ts'
import { freePorts } from './free-ports.ts'
import { checkText, registerSettings } from './secrets.ts'

const MAIN = join(import.meta.dirname, '../../dist/main.js')

/** A running Sluice. */
export interface Sluice {
  /** Where it listens, such as `http://127.0.0.1:20000`. */
  readonly url: string
  /** Undefined once it has ended. */
  readonly pid: number | undefined
  /** How it ended, once it has. */
  readonly ending: Ending | undefined
  /** What it has logged so far; after `stop`, all that it ever did. */
  log(): string
  /** Ends it and tells how it ended; undefined when it was gone already. */
  stop(signal?: NodeJS.Signals): Promise<Ending | undefined>
}

/**
 * Starts the compiled Sluice at the addresses in `listeners`, of which the first must be plain, or on a free port of the loopback
 * interface. `config` are further lines
 * of its properties file, `nodeArguments` those of Node.js. Resolves when it answers; throws, with the end of its log, when it does
 * not. It ends with this process at the latest. `main` is its main module, by default that of this checkout.
 */
export async function startSluice(
  bootstrapServers: string,
  config: Record<string, string> = {},
  nodeArguments: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
  main = MAIN,
): Promise<Sluice> {
  const url = config['listeners']?.split(',')[0] ?? `http://127.0.0.1:${(await freePorts(1))[0]}`
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const cancelRemoval = atExit(removeFolder)
  const file = join(folder, 'sluice.properties')
  const logFile = join(folder, 'sluice.log')
  const properties = { 'bootstrap.servers': bootstrapServers, listeners: url, ...config }
  registerSettings(properties)
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const server = new ChildServer({
    name: 'Sluice',
    command: process.execPath,
    args: [...nodeArguments, main, file],
    env,
    logFile,
    isReady: () => answers(url),
  })

  let finalLog: string | undefined
  const log = () => finalLog ?? readFileSync(logFile, 'utf8')

  async function stop(signal?: NodeJS.Signals): Promise<Ending | undefined> {
    const ending = await server.stop(signal)
    finalLog = log()
    checkText('the log of Sluice', finalLog)
    cancelRemoval()
    removeFolder()
    return ending
  }

  try {
    await server.start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    get pid() {
      return server.pid
    },
    get ending() {
      return server.ending
    },
    log,
    stop,
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthy`)).status === 200
  } catch {
    return false
  }
}
