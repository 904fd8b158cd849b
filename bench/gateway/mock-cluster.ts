/** A cluster of librdkafka's mock brokers in a process of its own, which mock-cluster.c is. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const LIBRDKAFKA = join(import.meta.dirname, '../../native-bindings/build/librdkafka')
const SOURCE = join(import.meta.dirname, 'mock-cluster.c')

/** A running cluster. `stop` it. */
export interface MockCluster {
  readonly bootstrapServers: string
  stop(): Promise<void>
}

/** Starts a cluster with so many topics, of so many partitions each. Their names are `list-00000` and so on. */
export async function startMockCluster(topics: number, partitions: number): Promise<MockCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-mock-'))
  const program = join(folder, 'mock-cluster')
  const library = join(LIBRDKAFKA, 'librdkafka.so.1')
  const paths = ['-I', join(LIBRDKAFKA, 'include'), `-Wl,-rpath,${LIBRDKAFKA}`]
  execFileSync(process.env['CC'] ?? 'gcc', [
    '-O2',
    ...paths,
    '-o',
    program,
    SOURCE,
    library,
    '-lpthread',
  ])
  const child = spawn(program, [String(topics), String(partitions)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [addresses] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [
    Buffer | number,
  ]
  if (typeof addresses === 'number') throw new Error(`The mock cluster has ended: ${addresses}`)
  return {
    bootstrapServers: addresses.toString().trim(),
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}
