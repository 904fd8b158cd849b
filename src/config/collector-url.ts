/** The URL of a collector of spans. */
import { ValueFault } from './define.ts'

/** Parses a URL. Throws a `ValueFault` for one that has credentials, which would be printed with the configuration. */
export function parseCollector(text: string): string {
  const url = text.trim()
  if (url === '') return url
  const isHttp = /^https?:\/\//.test(url) && URL.canParse(url)
  if (isHttp && new URL(url).username === '' && new URL(url).password === '') return url
  throw new ValueFault(
    'https://host/path or http://host/path, without a user: a key is in OTEL_EXPORTER_OTLP_HEADERS',
  )
}
