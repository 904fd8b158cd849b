/** Bodies that come slowly, in crumbs, or not at all. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../../integration/raw-connection.ts'
import { JSON_V2 } from '../../media-types.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const SIXTY_FOUR_MIB = 64 * 2 ** 20

function headOf(target: Target, framing: string): string {
  return `POST /topics/${target.topic} HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_V2}\r\n${framing}\r\n\r\n`
}

/** Produces as any client does, until `isOver`. Each answer has to be a success. */
async function produceHealthily(target: Target, isOver: () => boolean): Promise<void> {
  const body = JSON.stringify({ records: [{ value: 'x'.repeat(1000) }] })
  while (!isOver()) {
    const path = `/topics/${target.topic}`
    await target.expect([200], { method: 'POST', path, type: JSON_V2, body })
    // A body in two pieces needs room where the hostile ones have theirs.
    const connection = await RawConnection.open(target.sluice.url)
    await connection.send(
      headOf(target, `Content-Length: ${body.length}`),
      body.slice(0, 10),
      body.slice(10),
    )
    const status = (await connection.response())?.status ?? 0
    connection.close()
    target.note(status)
    if (status !== 200) target.problems.add(`a healthy producer got ${status || 'no answer'}`)
    await sleep(50)
  }
}

const trickles: Scenario = {
  name: 'trickles',
  what: 'Uploads of 64 MiB that stop near their end or send a byte every second, beside healthy producers',
  async attack(target) {
    let isOver = false
    const producers = [1, 2].map(() => produceHealthily(target, () => isOver))
    const uploads: RawConnection[] = []
    for (let count = 0; count < 4; count++) {
      const connection = await RawConnection.open(target.sluice.url)
      await connection.send(headOf(target, `Content-Length: ${SIXTY_FOUR_MIB}`))
      connection.socket.write('{"records":[{"value":"')
      if (count < 3) connection.socket.write(Buffer.alloc(60 * 2 ** 20, 'a'))
      uploads.push(connection)
    }
    for (let second = 0; second < 5; second++) {
      for (const { socket } of uploads) socket.write('a')
      await sleep(1000)
    }
    for (const connection of uploads) connection.close()
    isOver = true
    await Promise.all(producers)
  },
}

const announcements: Scenario = {
  name: 'announcements',
  what: '300 requests that announce 64 MiB each and send 10 bytes, beside healthy producers',
  async attack(target) {
    let isOver = false
    const producer = produceHealthily(target, () => isOver)
    const connections = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const connection = await RawConnection.open(target.sluice.url)
        connection.socket.write(headOf(target, `Content-Length: ${SIXTY_FOUR_MIB}`))
        connection.socket.write('{"records"')
        return connection
      }),
    )
    await sleep(2000)
    for (const connection of connections) connection.close()
    isOver = true
    await producer
  },
}

const crumbs: Scenario = {
  name: 'crumbs',
  what: 'Chunked bodies of a million chunks of one byte, on ten connections',
  async attack(target) {
    const body = Buffer.from(`1\r\n \r\n`.repeat(300_000))
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const connection = await RawConnection.open(target.sluice.url)
        connection.socket.write(headOf(target, 'Transfer-Encoding: chunked'))
        connection.socket.write(body)
        connection.socket.write(Buffer.from('2\r\n{}\r\n0\r\n\r\n'))
        const status = (await connection.response())?.status ?? 0
        connection.close()
        target.note(status)
        // A refusal ends the connection, and may be lost to a client that still sends.
        if (![0, 400, 422, 429].includes(status)) target.problems.add(`crumbs: ${status || 'none'}`)
      }),
    )
  },
}

const extensions: Scenario = {
  name: 'chunk-extensions',
  what: 'Chunked bodies with endless extensions, sizes and trailers',
  async attack(target) {
    for (const text of [
      `1;${'a'.repeat(2_000_000)}`,
      `${'0'.repeat(2_000_000)}1\r\n`,
      `${'f'.repeat(1000)}\r\n`,
      `0\r\n${'a: b\r\n'.repeat(200_000)}`,
      `1\r\naXX`,
      '-1\r\n',
    ]) {
      const connection = await RawConnection.open(target.sluice.url)
      connection.socket.write(headOf(target, 'Transfer-Encoding: chunked'))
      connection.socket.write(text)
      await Promise.race([connection.closed(), sleep(1500)])
      connection.close()
    }
  },
}

export const UPLOAD_SCENARIOS: readonly Scenario[] = [trickles, announcements, crumbs, extensions]
