/**
 * What one would write first: the same two endpoints on uWebSockets.js and node-rdkafka's JavaScript
 * API, with its best settings and hardly any error handling. A baseline, not a proxy.
 */

import uws from 'uWebSockets.js'
import rdkafka from 'node-rdkafka'

const [port, bootstrap = '', topic = ''] = process.argv.slice(2)

const producer = new rdkafka.Producer({
  'bootstrap.servers': bootstrap,
  dr_cb: true,
  'linger.ms': 1,
  'queue.buffering.max.messages': 1_000_000,
})
const consumer = new rdkafka.KafkaConsumer(
  { 'bootstrap.servers': bootstrap, 'group.id': `baseline-${Date.now()}` },
  { 'auto.offset.reset': 'earliest' },
)

interface Request {
  readonly offsets: unknown[]
  pending: number
  readonly done: () => void
}

producer.on('delivery-report', (_error, { opaque, partition, offset }) => {
  const { request, index } = opaque as { request: Request; index: number }
  request.offsets[index] = { partition, offset, error_code: null, error: null }
  if (--request.pending === 0) request.done()
})

function produce(body: string, respond: (answer: string) => void): void {
  const { records } = JSON.parse(body) as { records: { value: string }[] }
  const request: Request = {
    offsets: new Array(records.length),
    pending: records.length,
    done: () =>
      respond(
        JSON.stringify({ offsets: request.offsets, key_schema_id: null, value_schema_id: null }),
      ),
  }
  records.forEach(({ value }, index) => {
    const bytes = Buffer.from(value, 'base64')
    producer.produce(topic, null, bytes, null, null, { request, index })
  })
}

function read(respond: (answer: string) => void): void {
  consumer.consume(10_000, (_error, messages) => {
    const records = messages.map(({ topic: of, key, value, partition, offset }) => ({
      topic: of,
      key: key === null || key === undefined ? null : Buffer.from(key).toString('base64'),
      value: value === null ? null : value.toString('base64'),
      partition,
      offset,
    }))
    respond(JSON.stringify(records))
  })
}

function listen(): void {
  uws
    .App()
    .post('/*', (res) => {
      const chunks: Buffer[] = []
      let isOver = false
      res.onAborted(() => {
        isOver = true
      })
      res.onData((chunk, isLast) => {
        chunks.push(Buffer.from(chunk.slice(0)))
        if (isLast) {
          produce(Buffer.concat(chunks).toString(), (answer) => {
            if (!isOver) res.cork(() => res.end(answer))
          })
        }
      })
    })
    .get('/*', (res) => {
      let isOver = false
      res.onAborted(() => {
        isOver = true
      })
      read((answer) => {
        if (!isOver) res.cork(() => res.end(answer))
      })
    })
    .listen(Number(port), () => console.log('listening'))
}

producer.setPollInterval(1)
producer.connect({}, () => {
  consumer.connect({}, () => {
    consumer.subscribe([topic])
    consumer.setDefaultConsumeTimeout(100)
    listen()
  })
})
