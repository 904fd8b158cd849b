/** Reads `GET /metrics`. */
import assert from 'node:assert/strict'
import type { RawConnection } from './raw-connection.ts'
import type { RestClient } from './rest-client.ts'

/** The values by name and labels, such as `sluice_http_errors_total{error_code="404"}`. */
export async function readMetrics(rest: RestClient): Promise<ReadonlyMap<string, number>> {
  const { text } = await rest.get('/metrics')
  return valuesIn(text)
}

/** The same, on a connection that is there already. */
export async function metricsOn(connection: RawConnection): Promise<ReadonlyMap<string, number>> {
  await connection.send('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
  const response = await connection.response()
  assert.equal(response?.status, 200)
  return valuesIn(response.body)
}

function valuesIn(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const space = line.lastIndexOf(' ')
    values.set(line.slice(0, space), Number(line.slice(space + 1)))
  }
  return values
}

/** A metric without labels. */
export async function gaugeOf(rest: RestClient, name: string): Promise<number> {
  const value = (await readMetrics(rest)).get(name)
  if (value === undefined) throw new Error(`There is no metric ${name}.`)
  return value
}
