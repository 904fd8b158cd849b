/** `GET …/records`: what a read returns, and when. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { consoleProduce } from '../../cluster/console-clients.ts'
import type { RecordToProduce } from '../../cluster/witness.ts'
import { BINARY, STRING } from '../../media-types.ts'
import type { ConsumerClient, InstanceSettings } from '../consumer-client.ts'
import { setTheStage } from '../stage.ts'

const { kafka, rest, witness, newTopic, newConsumer } = await setTheStage()

/** A new topic with these records, and an instance that has its partition 0. */
async function readerOf(
  records: readonly RecordToProduce[],
  settings: InstanceSettings = {},
): Promise<{ topic: string; consumer: ConsumerClient }> {
  const topic = await newTopic()
  await witness.produce(topic, records)
  const consumer = await newConsumer(settings)
  await consumer.assign(topic, 0)
  return { topic, consumer }
}

const text = (value: string) => ({ value: Buffer.from(value) })
const offsetsOf = (records: readonly { offset: number }[]) => records.map(({ offset }) => offset)

describe('a record', { concurrency: true }, () => {
  test('has its members in their order, and base64 with padding', async () => {
    const { topic, consumer } = await readerOf([
      { key: Buffer.from('k'), value: Buffer.from([0xff]) },
    ])
    const { headers, text: body } = await consumer.read()
    assert.equal(headers['content-type'], BINARY)
    assert.equal(
      body,
      `[{"topic":"${topic}","key":"aw==","value":"/w==","partition":0,"offset":0}]`,
    )
  })

  test('in json is as it was written, but for white space', async () => {
    const value = '{ "b":1.10, "a":[12345678901234567890,1e400], "a":"\\u00e9 é" }'
    const { topic, consumer } = await readerOf(
      [{ key: Buffer.from('7'), value: Buffer.from(value) }],
      {
        format: 'json',
      },
    )
    const { text: body } = await consumer.read()
    assert.equal(
      body,
      `[{"topic":"${topic}","key":7,"value":` +
        '{"b":1.10,"a":[12345678901234567890,1e400],"a":"\\u00e9 é"},"partition":0,"offset":0}]',
    )
  })

  test('in string is its text', async () => {
    const { consumer } = await readerOf(
      [{ key: Buffer.from('ü'), value: Buffer.from('a\n"b"\u0001😀') }],
      {
        format: 'string',
      },
    )
    const [record] = await consumer.records()
    assert.deepEqual([record?.key, record?.value], ['ü', 'a\n"b"\u0001😀'])
  })

  test('with null is not one with nothing', async () => {
    const topic = await newTopic()
    await consoleProduce(kafka.bootstrapServers, topic, [
      { key: '', value: '' },
      { key: null, value: null },
      { key: null, value: 'x' },
    ])
    for (const format of ['binary', 'string']) {
      const consumer = await newConsumer({ format })
      await consumer.assign(topic, 0)
      const records = await consumer.recordsUntil(3)
      const x = format === 'binary' ? 'eA==' : 'x'
      assert.deepEqual(
        records.map(({ key, value }) => [key, value]),
        [
          ['', ''],
          [null, null],
          [null, x],
        ],
      )
    }
  })

  test('of zero bytes is no JSON, null is', async () => {
    const topic = await newTopic()
    await consoleProduce(kafka.bootstrapServers, topic, [
      { key: null, value: null },
      { key: null, value: '' },
    ])
    const consumer = await newConsumer({ format: 'json' })
    await consumer.assign(topic, 0)
    const records = await consumer.records('timeout=2000')
    assert.deepEqual([records.length, records[0]?.value], [1, null])
    const { body } = await consumer.read()
    assert.equal(body.error_code, 40801)
  })
})

describe('what a read includes', { concurrency: true }, () => {
  const headers = [
    { name: 'b', value: Buffer.from('1') },
    { name: 'a', value: Buffer.from('2') },
    { name: 'a', value: Buffer.from('3') },
  ]
  const record = { ...text('v'), headers, timestamp: 1_500_000_000_123 }
  const base = '"key":null,"value":"dg==","partition":0,"offset":0'
  const encoded =
    '"headers":[{"name":"b","value":"MQ=="},{"name":"a","value":"Mg=="},{"name":"a","value":"Mw=="}]'
  const rows: [query: string, members: string][] = [
    ['', base],
    ['include=', base],
    ['include=headers', `${base},${encoded}`],
    ['include=timestamp', `${base},"timestamp":1500000000123`],
    ['include=headers,timestamp', `${base},${encoded},"timestamp":1500000000123`],
    ['include=timestamp,%20headers', `${base},${encoded},"timestamp":1500000000123`],
  ]
  for (const [query, members] of rows) {
    test(`with "${query}"`, async () => {
      const { topic, consumer } = await readerOf([record])
      const { text: body } = await consumer.read(query)
      assert.equal(body, `[{"topic":"${topic}",${members}}]`)
    })
  }

  test('no headers are an empty list', async () => {
    const { consumer } = await readerOf([text('v')])
    assert.deepEqual((await consumer.records('include=headers'))[0]?.headers, [])
  })

  test('null, empty and repeated headers come back as they went', async () => {
    const topic = await newTopic()
    const written = [
      { name: 'x', value: '/wCA' },
      { name: 'x', value: '' },
      { name: 'ü', value: null },
    ]
    await rest.post(`/topics/${topic}`, { records: [{ headers: written }] })
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    const [read] = await consumer.records('include=headers&timeout=2000')
    assert.deepEqual(read?.headers, written)
  })

  test('anything else is 400', async () => {
    const { consumer } = await readerOf([])
    for (const query of ['include=header', 'include=headers,,', 'include=Headers']) {
      const { status, body } = await consumer.read(query)
      assert.deepEqual([status, body.error_code], [400, 400])
      assert.match(body.message, /expected headers, timestamp/)
    }
  })
})

describe('the query of a read', { concurrency: true }, () => {
  for (const query of [
    'timeout=x',
    'timeout=1.5',
    'max_bytes=1e3',
    'max_bytes=99999999999999999999',
  ]) {
    test(`${query} is no path that there is`, async () => {
      const { consumer } = await readerOf([])
      const { status, body } = await consumer.read(query)
      assert.equal(status, 404)
      assert.deepEqual(body, { error_code: 404, message: 'HTTP 404 Not Found' })
    })
  }

  for (const query of [
    '',
    'timeout=&max_bytes=',
    'timeout=0&max_bytes=-1',
    'timeout=2000&timeout=x',
    'q=1',
  ]) {
    test(`${query || 'nothing'} is as good as the defaults`, async () => {
      const { consumer } = await readerOf([text('v')])
      assert.equal((await consumer.records(query)).length, 1)
    })
  }
})

describe('the end of a read', { concurrency: true }, () => {
  /** Milliseconds that a read takes, and its records. */
  async function timed(consumer: ConsumerClient, query = '') {
    const started = performance.now()
    const records = await consumer.records(query)
    return { records, ms: performance.now() - started }
  }

  test('is its timeout when there is nothing', async () => {
    const { consumer } = await readerOf([], { 'consumer.request.timeout.ms': 1200 })
    const { records, ms } = await timed(consumer)
    assert.deepEqual(records, [])
    assert.ok(ms >= 1195 && ms < 5000, `${ms} ms`)
  })

  test('can be made earlier by the query, but not later', async () => {
    const { consumer } = await readerOf([], { 'consumer.request.timeout.ms': 1000 })
    const earlier = await timed(consumer, 'timeout=300')
    assert.ok(earlier.ms >= 295 && earlier.ms < 900, `${earlier.ms} ms`)
    const later = await timed(consumer, 'timeout=60000')
    assert.ok(later.ms >= 995 && later.ms < 5000, `${later.ms} ms`)
  })

  test('is the timeout although there are records, unless a minimum is given', async () => {
    const { consumer } = await readerOf([text('v')], {
      'fetch.min.bytes': -1,
      'consumer.request.timeout.ms': 1500,
    })
    const { records, ms } = await timed(consumer)
    assert.equal(records.length, 1)
    assert.ok(ms >= 1495, `${ms} ms`)
  })

  test('comes with the first bytes for a minimum of 0', async () => {
    const { consumer } = await readerOf([text('v')], { 'consumer.request.timeout.ms': 30_000 })
    const { records, ms } = await timed(consumer)
    assert.equal(records.length, 1)
    assert.ok(ms < 15_000, `${ms} ms`)
  })

  test('comes when there are more bytes than the minimum', async () => {
    const { topic, consumer } = await readerOf([text('12345')], {
      'fetch.min.bytes': 9,
      'consumer.request.timeout.ms': 30_000,
    })
    const reading = timed(consumer)
    // Four more are exactly the minimum, which is not enough.
    await sleep(1000)
    await witness.produce(topic, [text('6789')])
    await sleep(1000)
    const written = performance.now()
    await witness.produce(topic, [text('0')])
    const { records, ms } = await reading
    assert.deepEqual(offsetsOf(records), [0, 1, 2])
    assert.ok(ms >= 1995 && performance.now() - written < 15_000, `${ms} ms`)
  })

  test('does not come with records that have no bytes', async () => {
    const { consumer } = await readerOf([{ value: null }], { 'consumer.request.timeout.ms': 1500 })
    const { records, ms } = await timed(consumer)
    assert.equal(records.length, 1)
    assert.ok(ms >= 1495, `${ms} ms`)
  })

  test('comes with a record that arrives while it waits', async () => {
    const { topic, consumer } = await readerOf([], { 'consumer.request.timeout.ms': 30_000 })
    const reading = timed(consumer)
    await sleep(500)
    await witness.produce(topic, [text('v')])
    const { records, ms } = await reading
    assert.equal(records.length, 1)
    assert.ok(ms >= 495 && ms < 15_000, `${ms} ms`)
  })
})

describe('the most that a read returns', { concurrency: true }, () => {
  const five = ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'].map(text)

  test('is exclusive', async () => {
    const { consumer } = await readerOf(five)
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=8')), [0])
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=9')), [1, 2])
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=100')), [3, 4])
  })

  test('counts keys, and no JSON round them', async () => {
    const records = five.map((record) => ({ ...record, key: Buffer.from('key4') }))
    const { consumer } = await readerOf(records)
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=17')), [0, 1])
  })

  test('ends a read at once, before its timeout', async () => {
    const { consumer } = await readerOf(five, {
      'fetch.min.bytes': -1,
      'consumer.request.timeout.ms': 30_000,
    })
    const started = performance.now()
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=9')), [0, 1])
    assert.ok(performance.now() - started < 15_000)
  })

  test('in one record is 41301, again and again, and nothing is lost', async () => {
    const { topic, consumer } = await readerOf(five)
    for (let i = 0; i < 2; i++) {
      const { status, body } = await consumer.read('max_bytes=4')
      assert.deepEqual([status, body.error_code], [413, 41301])
      assert.match(
        body.message,
        new RegExp(`^The record ${topic}-0 at offset 0 has 4 bytes; .* fewer than 4 .*max_bytes`),
      )
    }
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=5')), [0])
    await consumer.seek(topic, 0, 3)
    assert.deepEqual(offsetsOf(await consumer.records('max_bytes=9')), [3, 4])
  })
})

test('a byte order mark before JSON in a record is left out', async () => {
  const marked = (json: string) => Buffer.from(`\ufeff${json}`)
  const { consumer } = await readerOf(
    [{ key: marked('"k"'), value: marked('{ "a": 1.0 }') }, text('[]')],
    { format: 'json' },
  )
  const { text: body } = await consumer.read()
  assert.match(body, /"key":"k","value":\{"a":1\.0\}/)
  assert.deepEqual(offsetsOf(JSON.parse(body)), [0, 1])
})

describe('an undecodable record', { concurrency: true }, () => {
  const rows: [format: string, bad: Buffer, good: string, fault: RegExp][] = [
    ['json', Buffer.from('{oops'), '1', /value is not JSON/],
    ['json', Buffer.from('1 2'), '1', /value is not JSON/],
    ['string', Buffer.from([0x61, 0xff]), 'a', /value is not UTF-8/],
  ]
  for (const [format, bad, good, fault] of rows) {
    test(`in ${format} (${bad.toString('latin1')}) ends the read before it; a seek passes it`, async () => {
      const { topic, consumer } = await readerOf([text(good), { value: bad }, text(good)], {
        format,
      })

      assert.deepEqual(offsetsOf(await consumer.records()), [0])
      for (let i = 0; i < 2; i++) {
        const { status, body } = await consumer.read()
        assert.deepEqual([status, body.error_code], [408, 40801])
        assert.match(body.message, new RegExp(`^The record ${topic}-0 at offset 1 cannot be read`))
        assert.match(body.message, fault)
      }
      await consumer.seek(topic, 0, 2)
      assert.deepEqual(offsetsOf(await consumer.records()), [2])
    })
  }

  test('may be so for its key', async () => {
    const { consumer } = await readerOf([{ key: Buffer.from('{'), value: Buffer.from('1') }], {
      format: 'json',
    })
    const { body } = await consumer.read()
    assert.equal(body.error_code, 40801)
    assert.match(body.message, /key is not JSON/)
  })
})

describe('HEAD', () => {
  test('takes no records', async () => {
    const { consumer } = await readerOf([text('v')])
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await rest.send(
        'HEAD',
        consumer.recordsPath(),
        undefined,
        consumer.accept,
      )
      assert.deepEqual([status, headers['content-type']], [200, BINARY])
    }
    assert.deepEqual(offsetsOf(await consumer.records()), [0])
  })

  test('is refused as GET is', async () => {
    const { consumer } = await readerOf([])
    const mismatch = await rest.send('HEAD', consumer.recordsPath(), undefined, { accept: STRING })
    assert.equal(mismatch.status, 406)
    const unknown = await rest.send('HEAD', '/consumers/nobody/instances/nothing/records')
    assert.equal(unknown.status, 404)
  })
})

describe('several reads at once', { concurrency: true }, () => {
  test('give each record to exactly one of them', async () => {
    const { consumer } = await readerOf(Array.from({ length: 1000 }, (_, i) => text(String(i))))
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => consumer.records('max_bytes=300')),
    )
    const got = answers.flatMap(offsetsOf)
    const left = await consumer.recordsUntil(1000 - got.length)
    const all = [...got, ...offsetsOf(left)].sort((a, b) => a - b)
    assert.deepEqual(
      all,
      Array.from({ length: 1000 }, (_, offset) => offset),
    )
    for (const answer of answers) {
      const first = answer[0]?.offset ?? 0
      assert.deepEqual(
        offsetsOf(answer),
        answer.map((_, index) => first + index),
        'each is a run without gaps',
      )
    }
  })

  test('wait for no longer than they asked', async () => {
    const { consumer } = await readerOf([], { 'consumer.request.timeout.ms': 4000 })
    const long = consumer.records()
    const started = performance.now()
    assert.deepEqual(await consumer.records('timeout=300'), [])
    assert.ok(performance.now() - started < 3500)
    assert.deepEqual(await long, [])
  })

  test('of more instances than there are threads do not wait for each other', async () => {
    const topic = await newTopic()
    const instances = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const consumer = await newConsumer({ 'consumer.request.timeout.ms': 30_000 })
        await consumer.assign(topic, 0)
        return consumer
      }),
    )
    const reads = instances.map((consumer) => consumer.records())
    const { consumer } = await readerOf([text('v')])
    assert.equal((await consumer.records()).length, 1)
    await witness.produce(topic, [text('v')])
    for (const records of await Promise.all(reads)) assert.equal(records.length, 1)
  })
})

test('a read without a subscription or an assignment is 40903', async () => {
  const consumer = await newConsumer()
  const { status, body } = await consumer.read()
  assert.deepEqual([status, body.error_code], [409, 40903])
})
