/** The URL of a collector of spans. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCollector } from '../../../src/config/collector-url.ts'

test('a URL of HTTP is valid, and so is none', () => {
  for (const url of ['', 'http://collector:4318', 'https://host/v1/traces']) {
    assert.equal(parseCollector(` ${url} `), url)
  }
})

test('a URL with credentials is refused, and not quoted', () => {
  for (const url of ['collector:4318', 'ftp://host', 'http://user:SECRET@host', 'http://k@host']) {
    assert.throws(() => parseCollector(url), /OTEL_EXPORTER_OTLP_HEADERS/)
    assert.throws(
      () => parseCollector(url),
      (error: Error) => !error.message.includes('SECRET'),
    )
  }
})
