/**
 * `network.traffic.rate.limit.…`: the bytes per second that are read from the connections of a listener. uWebSockets.js
 * holds to them. This is their memory, which the event loops of a process share, and in which uWebSockets.js counts.
 */
import { type Config, listenersOf } from '../config/index.ts'
import type { Sample } from '../histogram.ts'

/** The keys of the limit. */
export type NetworkRateConfig = Pick<
  Config,
  | 'network.traffic.rate.limit.backend'
  | 'network.traffic.rate.limit.bytes.per.sec'
  | 'listeners'
  | 'listener.protocol.map'
>

/** The cells of a listener, as ReadBudget of our uWebSockets.js has them. */
const LISTENER_CELLS = 3
const BYTES = 1
const PAUSES = 2

/** Returns the number of cells that the limit uses. */
export function cellsOfNetworkRate(config: NetworkRateConfig): number {
  return LISTENER_CELLS * listenersOf(config).length
}

/** See the top of this file. */
export class NetworkRate {
  readonly #config: NetworkRateConfig
  readonly #cells: BigInt64Array<SharedArrayBuffer>

  /** @param cells cellsOfNetworkRate() cells */
  constructor(config: NetworkRateConfig, cells: BigInt64Array<SharedArrayBuffer>) {
    this.#config = config
    this.#cells = cells
  }

  /** The rate of a listener, as the HTTP layer takes it. @param listener its index */
  of(listener: number) {
    const { buffer: memory, byteOffset, BYTES_PER_ELEMENT } = this.#cells
    return {
      memory,
      cell: byteOffset / BYTES_PER_ELEMENT + listener * LISTENER_CELLS,
      bytesPerSecond: this.#config['network.traffic.rate.limit.bytes.per.sec'],
      isBySecond: this.#config['network.traffic.rate.limit.backend'] === 'resilience4j',
    }
  }

  /** The bytes that were read, and the pauses of connections, by listener. */
  get readings() {
    return {
      sluice_http_read_bytes_total: this.#samples(BYTES),
      sluice_http_read_pauses_total: this.#samples(PAUSES),
    }
  }

  #samples(cell: number): Sample[] {
    return listenersOf(this.#config).map(({ name, port }, index) => ({
      labels: { listener: `${name}:${port}` },
      value: Number(Atomics.load(this.#cells, index * LISTENER_CELLS + cell)),
    }))
  }
}
