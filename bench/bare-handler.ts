/**
 * The limit of one record a request: uWebSockets.js reading a body and answering a constant.
 *
 *   bare-handler.ts PORT [built|republished] [KEY CERT]
 *
 * With a key and a certificate, as PEM files, it speaks TLS.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const [port, binary = 'built', key, cert] = process.argv.slice(2)
const uws = require(binary === 'built' ? '../native-bindings/uws.js' : 'uWebSockets.js')

const ANSWER =
  '{"offsets":[{"partition":0,"offset":12345678,"error_code":null,"error":null}],' +
  '"key_schema_id":null,"value_schema_id":null}'

interface Response {
  onAborted(handler: () => void): void
  onData(handler: (piece: ArrayBuffer, isLast: boolean) => void): void
  cork(write: () => void): void
  end(body: string): void
}

const app = key ? uws.SSLApp({ key_file_name: key, cert_file_name: cert }) : uws.App()
app
  .any('/*', (res: Response) => {
    res.onAborted(() => {})
    res.onData((_piece, isLast) => {
      if (isLast) res.cork(() => res.end(ANSWER))
    })
  })
  .listen(Number(port), (socket: unknown) => {
    if (!socket) process.exit(1)
  })
