/** Servers under measurement, as children: the proxy, and what it is compared with. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { atExit } from '../../test/cluster/at-exit.ts'
import { ChildServer } from '../../test/cluster/child-server.ts'
import { freePorts } from '../../test/cluster/free-ports.ts'
import { startSluice } from '../../test/cluster/sluice.ts'
import { ProcessMeter } from '../process-meter.ts'

/** A running server, and what it uses. */
export interface MeteredServer {
  readonly url: string
  readonly meter: ProcessMeter
  stop(): Promise<unknown>
}

/** How late the event loop came round, in ms. */
export interface LoopDelays {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** A proxy that tells also how its event loop fares. */
export interface MeteredProxy extends MeteredServer {
  /** Since the last call. */
  loopDelays(): Promise<LoopDelays>
}

/** The proxy as it is shipped, with further lines of configuration. @param main the main module of another build */
export async function startProxy(
  bootstrapServers: string,
  config: Record<string, string> = {},
  main?: string,
): Promise<MeteredProxy> {
  const loopMeter = ['--import', new URL('../loop-meter.mjs', import.meta.url).href]
  const sluice = await startSluice(bootstrapServers, config, loopMeter, process.env, main)
  const pid = sluice.pid as number
  const told = () => [...sluice.log().matchAll(/^event loop (.*)$/gm)]
  return {
    url: sluice.url,
    meter: new ProcessMeter(pid),
    stop: () => sluice.stop(),
    async loopDelays() {
      const before = told().length
      process.kill(pid, 'SIGUSR2')
      while (told().length === before) await sleep(10)
      return JSON.parse(told().at(-1)?.[1] ?? '')
    },
  }
}

/** A script of this folder's parent, given a port and further arguments. */
export async function startScript(
  script: string,
  ...parameters: readonly string[]
): Promise<MeteredServer> {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const cancelRemoval = atExit(removeFolder)
  const server = new ChildServer({
    name: script,
    command: process.execPath,
    args: ['--import', 'tsx', join(import.meta.dirname, '..', script), String(port), ...parameters],
    logFile: join(folder, 'log'),
    isReady: () =>
      fetch(url, { method: 'POST', body: '{"records":[]}', signal: AbortSignal.timeout(200) }).then(
        () => true,
        // A server of TLS answers with a reset.
        ({ cause }: Error) => (cause as NodeJS.ErrnoException | undefined)?.code !== 'ECONNREFUSED',
      ),
  })

  async function stop(): Promise<void> {
    await server.stop('SIGKILL')
    cancelRemoval()
    removeFolder()
  }

  try {
    await server.start()
  } catch (error) {
    await stop()
    throw error
  }
  return { url, meter: new ProcessMeter(server.pid as number), stop }
}
