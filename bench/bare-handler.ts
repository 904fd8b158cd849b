/** The limit of one record a request: uWebSockets.js reading a body and answering a constant. */
import uws from 'uWebSockets.js'

const ANSWER =
  '{"offsets":[{"partition":0,"offset":12345678,"error_code":null,"error":null}],' +
  '"key_schema_id":null,"value_schema_id":null}'

uws
  .App()
  .any('/*', (res) => {
    res.onAborted(() => {})
    res.onData((_chunk, isLast) => {
      if (isLast) res.cork(() => res.end(ANSWER))
    })
  })
  .listen(Number(process.argv[2]), (socket) => {
    if (!socket) process.exit(1)
  })
