/**
 * TCP ports of the loopback interface that nobody uses.
 *
 * Below 32768, where Linux takes the ports of outgoing connections from: a broker must get its
 * port back after a restart, and no client's connection may sit on it meanwhile.
 */
import { createServer } from 'node:net'

const FIRST = 20_000
const LAST = 32_000
const given = new Set<number>()

/** `count` different ports; never one that this process was given before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
