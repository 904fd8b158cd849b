/** The lag of consumer instances, as the engine measured it last. */
import { native } from './native.ts'

/** The lag of one partition, with the labels of its metric. */
export interface Lag {
  readonly labels: {
    readonly group: string
    readonly instance: string
    readonly topic: string
    readonly partition: number
  }
  /** The number of records between the position of the instance and the end of the partition. */
  readonly value: number
}

/** The number of fields of a partition in the engine's list. */
const FIELDS = 5

/** The lags of as many partitions as the configuration allows, and the number of the others. */
export function readLags(): { readonly lags: readonly Lag[]; readonly omitted: number } {
  const { lags: flat, omitted } = native.readLags()
  const lags: Lag[] = []
  for (let at = 0; at < flat.length; at += FIELDS) {
    const [group, instance, topic, partition, value] = flat.slice(at, at + FIELDS) as Row
    lags.push({ labels: { group, instance, topic, partition }, value })
  }
  return { lags, omitted }
}

type Row = [group: string, instance: string, topic: string, partition: number, records: number]
