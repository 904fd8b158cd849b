/** Reads `GET /metrics`. */
import type { RestClient } from './rest-client.ts'

/** The values by name and labels, such as `sluice_http_errors_total{error_code="404"}`. */
export async function readMetrics(rest: RestClient): Promise<ReadonlyMap<string, number>> {
  const { text } = await rest.get('/metrics')
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
