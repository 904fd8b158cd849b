/**
 * One Kafka node, broker and controller in one process. It can be stopped and started again on the
 * same ports and data; what the cluster looks like is kafka.ts's.
 */
import { join } from 'node:path'
import { ChildServer } from './child-server.ts'
import { kafkaClassPath } from './kafka-jars.ts'

/** One broker of a test cluster. */
export class Broker {
  readonly id: number
  readonly #server: ChildServer

  /**
   * `folder` holds the node's `server.properties`, and gets its log `server.log`. `javaOptions` are those of its Java virtual
   * machine.
   */
  constructor(id: number, folder: string, heapMb: number, javaOptions: readonly string[] = []) {
    this.id = id
    this.#server = new ChildServer({
      name: `Broker ${id}`,
      command: 'java',
      args: [
        `-Xmx${heapMb}m`,
        '-XX:-UsePerfData',
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        ...javaOptions,
        ...['-cp', kafkaClassPath()],
        ...['kafka.Kafka', join(folder, 'server.properties')],
      ],
      logFile: join(folder, 'server.log'),
      isReady: (log) => log.includes('Kafka Server started'),
    })
  }

  /** Resolves when it serves clients. The records of an earlier life are there. */
  async start(): Promise<void> {
    await this.#server.start()
  }

  /**
   * Resolves when the process is gone. SIGTERM is a controlled shutdown, SIGKILL a crash. A broker
   * that does not run is left as it is.
   */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#server.stop(signal)
  }

  /** Makes it stand still, with its connections open, until `resume`. */
  pause(): void {
    this.#server.signal('SIGSTOP')
  }

  /** Ends a `pause`. */
  resume(): void {
    this.#server.signal('SIGCONT')
  }
}
