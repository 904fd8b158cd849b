/** Sluice answers what its HTTP layer refuses like any other error: in JSON, with an id, a line of the log, and in the metrics. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { pino } from 'pino'
import { loadConfig } from '../../../src/config/index.ts'
import { App } from '../../../src/process/app.ts'
import { RawConnection, type RawResponse } from '../../integration/raw-connection.ts'
import { CASES, type Case } from './case.ts'
import { head } from './cases/messages.ts'

/** Nobody listens there: what is refused needs no Kafka. */
const NO_KAFKA = '127.0.0.1:1'
/** A body is read for a route that wants one. */
const ROOT = 'POST / HTTP/1.1\r\n'
const PRODUCE = 'POST /topics/t HTTP/1.1\r\nContent-Type: application/vnd.kafka.json.v2+json\r\n'

interface Line {
  readonly requestId: string
  readonly status: number
}

const lines: Line[] = []
const log = pino({ level: 'info' }, { write: (text: string) => lines.push(JSON.parse(text)) })
const { config } = loadConfig({
  sets: [
    `bootstrap.servers=${NO_KAFKA}`,
    'listeners=http://127.0.0.1:0',
    'sluice.log.requests=true',
  ],
})
const app = new App(config, log)
const [port] = await app.start()
const url = `http://127.0.0.1:${port}`
after(() => app.stop())

/** Cases whose first answer is a refusal. A refusal of HEAD has no body. */
const refused = CASES.filter(
  ({ bytes, answers: [first = ''] }) => /^[45]\d\d$/.test(first) && !bytes.startsWith('HEAD '),
)

describe('Sluice refuses', () => {
  for (const each of refused) it(each.name, () => check(each))
})

async function check({ bytes, answers }: Case): Promise<void> {
  const status = Number(answers[0])
  const before = await countOf(status)
  const connection = await RawConnection.open(url)
  await connection.send(Buffer.from(bytes.replace(ROOT, PRODUCE), 'latin1'))
  const response = await connection.response()
  assert.equal((await connection.closed()).length, 0, 'there is one answer')
  assert.ok(response)
  const { error_code, message } = JSON.parse(response.body)
  assert.deepEqual([response.status, error_code], [status, status])
  assert.match(message, /^[A-Z].{8,}\.$/)
  assert.match(response.headers['content-type'] ?? '', /^application\/(vnd\.kafka\.v2\+)?json$/)
  assert.equal(response.headers['connection'], 'close')
  assertLogged(response)
  assert.equal(await countOf(status), before + 1)
}

function assertLogged({ status, headers }: RawResponse): void {
  const id = headers['x-request-id']
  const found = lines.filter(({ requestId }) => requestId === id)
  assert.deepEqual(
    found.map((line) => line.status),
    [status],
  )
}

/** How many requests the metrics count with a status. */
async function countOf(status: number): Promise<number> {
  const connection = await RawConnection.open(url)
  await connection.send(head('GET /metrics HTTP/1.1'))
  const response = await connection.response()
  connection.close()
  const counts = response?.body.matchAll(/^sluice_http_requests_total\{.*status="(\d+)"\} (\d+)$/gm)
  return [...(counts ?? [])]
    .filter(([, counted]) => counted === String(status))
    .reduce((sum, [, , count]) => sum + Number(count), 0)
}
