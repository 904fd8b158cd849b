/** The connections of producers to brokers, as the engine measured them last. */
import type { Sample } from '../histogram.ts'
import { native } from './native.ts'

/** The states of a connection, in the order of the engine's list. */
const STATES = ['up', 'connecting', 'down'] as const

/** The number of fields of a broker in the engine's list. */
const FIELDS = 9

type Row = [
  broker: number,
  up: number,
  connecting: number,
  down: number,
  queued: number,
  waiting: number,
  meanRttUs: number,
  p99RttUs: number,
  throttleMs: number,
]

/** The metrics of as many brokers as the configuration allows, and the number of the others. */
export function readBrokers() {
  const { brokers: flat, omitted } = native.readBrokers()
  const rows: Row[] = []
  for (let at = 0; at < flat.length; at += FIELDS) rows.push(flat.slice(at, at + FIELDS) as Row)
  const of = (value: (row: Row) => number): Sample[] =>
    rows.map((row) => ({ labels: { broker: row[0] }, value: value(row) }))
  return {
    sluice_kafka_broker_producers: rows.flatMap(([broker, ...numbers]) =>
      STATES.map((state, index) => ({
        labels: { broker, state },
        value: numbers[index] as number,
      })),
    ),
    sluice_kafka_broker_queued_requests: of((row) => row[4]),
    sluice_kafka_broker_waiting_requests: of((row) => row[5]),
    sluice_kafka_broker_rtt_seconds: rows.flatMap(([broker, , , , , , mean, p99]) => [
      { labels: { broker, statistic: 'mean' }, value: mean / 1e6 },
      { labels: { broker, statistic: 'p99' }, value: p99 / 1e6 },
    ]),
    sluice_kafka_broker_throttle_seconds: of((row) => row[8] / 1e3),
    sluice_kafka_brokers_omitted: omitted,
  }
}
