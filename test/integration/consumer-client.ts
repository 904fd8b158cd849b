/** A consumer instance as its client sees it. */
import { randomUUID } from 'node:crypto'
import { AVRO, BINARY, JSON_SCHEMA, JSON_V2, PROTOBUF, STRING } from '../media-types.ts'
import type { Headers, RestClient, RestResponse } from './rest-client.ts'

/** What a new instance is asked to be; as the body of the request. */
export type InstanceSettings = Readonly<Record<string, unknown>>

/** A record in a response. */
export interface ReadRecord {
  topic: string
  key: unknown
  value: unknown
  partition: number
  offset: number
  headers?: { name: string; value: string | null }[]
  timestamp?: number | null
}

const TYPES: Record<string, string> = {
  binary: BINARY,
  json: JSON_V2,
  string: STRING,
  avro: AVRO,
  jsonschema: JSON_SCHEMA,
  protobuf: PROTOBUF,
}

/** One instance. It ends with the proxy, if not before. */
export class ConsumerClient {
  readonly #rest: RestClient
  readonly #accept: Headers
  readonly group: string
  readonly name: string
  /** The start of all its paths. */
  readonly path: string

  private constructor(rest: RestClient, group: string, name: string, format: string) {
    this.#rest = rest
    this.group = group
    this.name = name
    this.path = `/consumers/${encodeURIComponent(group)}/instances/${encodeURIComponent(name)}`
    this.#accept = { accept: TYPES[format] ?? BINARY }
  }

  /**
   * Makes an instance, in a group of its own when none is named. Unless `settings` say otherwise
   * it starts at the earliest records, commits nothing by itself, and its reads end with the first
   * records, or after ten seconds.
   */
  static async create(
    rest: RestClient,
    settings: InstanceSettings = {},
    group: string = `group-${randomUUID()}`,
  ): Promise<ConsumerClient> {
    const answer = await rest.post(`/consumers/${encodeURIComponent(group)}`, {
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
      'fetch.min.bytes': 0,
      'consumer.request.timeout.ms': 10_000,
      ...settings,
    })
    if (answer.status !== 200) throw new Error(answer.text)
    const format = String(settings['format'] ?? 'binary')
    return new ConsumerClient(rest, group, answer.body.instance_id, format)
  }

  subscribe(...topics: string[]): Promise<RestResponse> {
    return this.post('subscription', { topics })
  }

  /** Takes all of the partitions named of a topic. */
  assign(topic: string, ...partitions: number[]): Promise<RestResponse> {
    return this.post('assignments', {
      partitions: partitions.map((partition) => ({ topic, partition })),
    })
  }

  seek(topic: string, partition: number, offset: number): Promise<RestResponse> {
    return this.post('positions', { offsets: [{ topic, partition, offset }] })
  }

  /** Reads once, with a query such as `timeout=100`. */
  read(query = ''): Promise<RestResponse> {
    return this.#rest.get(this.recordsPath(query), this.#accept)
  }

  /** The records of one read that has to succeed. */
  async records(query = ''): Promise<ReadRecord[]> {
    const answer = await this.read(query)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
    return answer.body
  }

  /** Reads until `count` records are there; throws when a read brings none. */
  async recordsUntil(count: number, query = ''): Promise<ReadRecord[]> {
    const all: ReadRecord[] = []
    while (all.length < count) {
      const more = await this.records(query)
      if (more.length === 0) throw new Error(`${all.length} of ${count} records came`)
      all.push(...more)
    }
    return all
  }

  /** The path of a read, and what it has to accept. */
  recordsPath(query = ''): string {
    return `${this.path}/records${query === '' ? '' : `?${query}`}`
  }

  get accept(): Headers {
    return this.#accept
  }

  get(what: string): Promise<RestResponse> {
    return this.#rest.get(`${this.path}/${what}`)
  }

  post(what: string, body?: object): Promise<RestResponse> {
    return this.#rest.post(`${this.path}/${what}`, body)
  }

  /** What the group has committed; the body of a GET says for which partitions. */
  committed(topic: string, ...partitions: number[]): Promise<RestResponse> {
    const body = { partitions: partitions.map((partition) => ({ topic, partition })) }
    return this.#rest.send('GET', `${this.path}/offsets`, body)
  }

  /** Ends the subscription or assignment. */
  unsubscribe(): Promise<RestResponse> {
    return this.#rest.delete(`${this.path}/subscription`)
  }

  delete(): Promise<RestResponse> {
    return this.#rest.delete(this.path)
  }
}
