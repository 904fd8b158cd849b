/**
 * So many of librdkafka's consumers that wait for records, without a proxy: each a member of a group
 * of its own. Listens on a port when all have their partitions; ends when killed.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import rdkafka from 'node-rdkafka'

const [port, bootstrap = '', topic = '', count = ''] = process.argv.slice(2)

async function join(index: number): Promise<void> {
  const consumer = new rdkafka.KafkaConsumer(
    {
      'bootstrap.servers': bootstrap,
      'group.id': `idle-${index}-${Date.now()}`,
      // As the proxy does: for its gauges.
      'statistics.interval.ms': 10_000,
    },
    { 'auto.offset.reset': 'earliest' },
  )
  consumer.connect()
  await once(consumer, 'ready')
  consumer.subscribe([topic])
  while (consumer.assignments().length === 0) await sleep(10)
}

for (let index = 0; index < Number(count); index++) await join(index)
createServer((_request, response) => response.end()).listen(Number(port), '127.0.0.1')
