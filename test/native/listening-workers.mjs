/**
 * Two worker threads that listen. `node listening-workers.mjs END` asks each of them for responses,
 * leaves requests open, ends the threads, and prints their exit codes.
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const uws = createRequire(import.meta.url)('../../native-bindings/uws.js')
const OPEN_REQUESTS = 5
const end = workerData ?? process.argv[2]

if (isMainThread) await runWorkers()
else serve()

async function runWorkers() {
  const workers = [0, 1].map(() => new Worker(fileURLToPath(import.meta.url), { workerData: end }))
  const exits = workers.map((worker) => once(worker, 'exit'))
  const ports = await Promise.all(workers.map((worker) => once(worker, 'message')))
  for (const [port] of ports) await ask(port)
  for (const worker of workers) {
    if (end === 'are terminated') worker.terminate()
    else worker.postMessage('end')
  }
  const codes = (await Promise.all(exits)).flat()
  console.log(JSON.stringify(codes))
  process.exit(0)
}

async function ask(port) {
  for (let count = 0; count < OPEN_REQUESTS; count++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write('GET /open HTTP/1.1\r\nHost: a\r\n\r\n')
  }
  const response = await fetch(`http://127.0.0.1:${port}/answered`)
  if ((await response.text()) !== 'answered') throw new Error('The response is another one.')
}

function serve() {
  const app = uws.App().any('/*', (res, req) => {
    res.onAborted(() => {})
    if (req.getUrl() === '/answered') res.end('answered')
  })
  app.listen('127.0.0.1', 0, (socket) => {
    parentPort.postMessage(uws.us_socket_local_port(socket))
    parentPort.once('message', () => {
      if (end === 'close and exit') uws.us_listen_socket_close(socket)
      process.exit(0)
    })
  })
}
