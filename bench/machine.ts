/** What was measured on. */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'

/** The machine, the versions and the day. */
export interface Machine {
  readonly cpu: string
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly librdkafka: string
  readonly kafka: string
  readonly commit: string
  readonly date: string
}

/** This machine, now. */
export function describeMachine(): Machine {
  const [cpu] = cpus()
  const native = createRequire(import.meta.url)('../native-bindings')
  return {
    cpu: `${cpus().length} cores, ${cpu?.model}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: execFileSync('sh', ['-c', '. /etc/os-release && echo "$PRETTY_NAME"'], {
      encoding: 'utf8',
    }).trim(),
    node: process.version,
    librdkafka: native.librdkafkaVersion()[0],
    kafka: '4.1.1',
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString().slice(0, 10),
  }
}
