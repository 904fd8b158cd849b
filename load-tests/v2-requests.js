/** The v2 requests of the load tests, with the checks and counters that go with each. */
import { check } from 'k6'
import encoding from 'k6/encoding'
import http from 'k6/http'
import { Counter } from 'k6/metrics'

const URL = __ENV.SLUICE_URL || 'http://127.0.0.1:8082'
const V2 = 'application/vnd.kafka.v2+json'

/** The topic of the run; many partitions make it fairer. */
export const TOPIC = __ENV.TOPIC || 'sluice-load'
/** How long the scenarios run. */
export const DURATION = __ENV.DURATION || '30s'

const producedRecords = new Counter('produced_records')
const consumedRecords = new Counter('consumed_records')
const failedRecords = new Counter('failed_records')
const serverErrors = new Counter('server_errors')

/** What every run must keep, however slow the machine. */
export const CORRECTNESS = {
  checks: ['rate>0.999'],
  server_errors: ['count==0'],
  failed_records: ['count==0'],
}

/** A text that no other run has, for the names of groups. */
export function runId() {
  return Date.now().toString(36)
}

/** A produce body of `count` binary records with values of `valueBytes` bytes. */
export function binaryBody(count, valueBytes) {
  const value = encoding.b64encode('v'.repeat(valueBytes))
  return JSON.stringify({ records: Array.from({ length: count }, () => ({ value })) })
}

const BATCH = 100
const BATCH_BODY = binaryBody(BATCH, 100)

/** Produces 100 binary records of 100 bytes. */
export function produceBatch() {
  produce(BATCH_BODY, BATCH)
}

/**
 * Produces a little under another name, so that the latencies of `produce` are not those of a
 * Kafka that has just started. For a script's setup.
 */
export function warmUp() {
  for (let i = 0; i < 50; i++) produce(BATCH_BODY, BATCH, 'binary', 'warm-up')
}

/** Produces a body of `count` records; checks that each was acknowledged. */
export function produce(body, count, format = 'binary', name = 'produce') {
  const response = send('POST', `/topics/${TOPIC}`, name, body, embedded(format))
  const offsets = response.status === 200 ? response.json('offsets') : []
  const acknowledged = offsets.filter(({ error_code }) => error_code === null).length
  producedRecords.add(acknowledged)
  failedRecords.add(count - acknowledged)
  check(response, {
    'produce answers 200': ({ status }) => status === 200,
    'produce acknowledges every record': () => acknowledged === count,
  })
}

/** The consumer instance of that name, as the other functions take it. Makes no request. */
export function instanceOf(group, name, format = 'binary') {
  return { group, name, format, path: `/consumers/${group}/instances/${name}` }
}

/** Creates the instance and subscribes it to a topic, from its beginning unless told otherwise. */
export function subscribe(instance, config = {}, topic = TOPIC) {
  const settings = {
    name: instance.name,
    format: instance.format,
    'auto.offset.reset': 'earliest',
    'fetch.min.bytes': 1,
    ...config,
  }
  const create = JSON.stringify(settings)
  const created = send('POST', `/consumers/${instance.group}`, 'create', create, V2)
  check(created, { 'create answers 200': ({ status }) => status === 200 })
  const topics = JSON.stringify({ topics: [topic] })
  const subscribed = send('POST', `${instance.path}/subscription`, 'subscribe', topics, V2)
  check(subscribed, { 'subscribe answers 204': ({ status }) => status === 204 })
}

/** Reads once; returns the records, none when the read failed. */
export function read(instance, query = '') {
  const path = `${instance.path}/records${query}`
  const response = send('GET', path, 'read', null, V2, embedded(instance.format))
  check(response, { 'read answers 200': ({ status }) => status === 200 })
  const records = response.status === 200 ? response.json() : []
  consumedRecords.add(records.length)
  return records
}

/** Commits what the instance was given so far. */
export function commit(instance) {
  const response = send('POST', `${instance.path}/offsets`, 'commit', null, V2)
  check(response, { 'commit answers 200': ({ status }) => status === 200 })
}

/** Puts the instance back to the beginning of all that is assigned to it. */
export function seekToBeginning(instance) {
  const body = '{"partitions":[]}'
  const response = send('POST', `${instance.path}/positions/beginning`, 'seek', body, V2)
  check(response, { 'seek answers 204': ({ status }) => status === 204 })
}

/** Deletes the instance. */
export function remove(instance) {
  const response = send('DELETE', instance.path, 'delete', null, V2)
  check(response, { 'delete answers 204': ({ status }) => status === 204 })
}

/** How many records the group of `instance` has still to commit, over all partitions. */
export function uncommitted(instance) {
  const partitions = send('GET', `/topics/${TOPIC}/partitions`, 'describe', null, V2).json()
  const asked = partitions.map(({ partition }) => ({ topic: TOPIC, partition }))
  const body = JSON.stringify({ partitions: asked })
  const committed = send('GET', `${instance.path}/offsets`, 'committed', body, V2).json('offsets')
  return partitions.reduce((sum, { partition }) => {
    const path = `/topics/${TOPIC}/partitions/${partition}/offsets`
    const { beginning_offset, end_offset } = send('GET', path, 'describe', null, V2).json()
    const own = committed.find((each) => each.partition === partition)
    return sum + end_offset - (own ? own.offset : beginning_offset)
  }, 0)
}

function embedded(format) {
  return `application/vnd.kafka.${format}.v2+json`
}

/** `name` groups the requests in the summary, whatever their path. */
function send(method, path, name, body, contentType, accept = V2) {
  const headers = { Accept: accept, 'Content-Type': contentType }
  const response = http.request(method, URL + path, body, { headers, tags: { name } })
  if (response.status >= 500) serverErrors.add(1)
  return response
}
