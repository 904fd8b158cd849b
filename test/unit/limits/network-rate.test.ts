/** `network.traffic.rate.limit.…`: what uWebSockets.js is given, and what it has counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { ProcessLimits } from '../../../src/limits/process-limits.ts'

function limits(settings: Record<string, string> = {}, memory?: SharedArrayBuffer): ProcessLimits {
  const given = {
    'bootstrap.servers': 'a:1',
    listeners: 'http://a:1,http://b:2',
    'network.traffic.rate.limit.enable': 'true',
    'dos.filter.enabled': 'true',
    'sluice.limits': 'address 1 requests/s',
    ...settings,
  }
  const sets = Object.entries(given).map(([key, value]) => `${key}=${value}`)
  const { config, faults, warnings } = loadConfig({ sets })
  assert.deepEqual([faults, warnings], [[], []])
  return new ProcessLimits(config, memory)
}

test('each listener has a rate of its own, in memory that event loops share', () => {
  const { network, memory } = limits()
  const [first, second] = [network?.of(0), network?.of(1)]
  assert.equal(first?.memory, memory)
  assert.equal(second?.memory, memory)
  assert.equal((second?.cell ?? 0) - (first?.cell ?? 0), 3)
  assert.equal((second?.cell ?? 0) + 3, memory.byteLength / 8)
  assert.deepEqual([first?.bytesPerSecond, first?.isBySecond], [20_971_520, false])
  const other = limits({}, memory).network
  assert.deepEqual(other?.of(1), second)
})

test('the backend and the rate are those of the configuration', () => {
  const { network } = limits({
    'network.traffic.rate.limit.backend': 'Resilience4j',
    'network.traffic.rate.limit.bytes.per.sec': '7',
  })
  const { bytesPerSecond, isBySecond } = network?.of(0) ?? {}
  assert.deepEqual([bytesPerSecond, isBySecond], [7, true])
})

test('without the key there is no rate', () => {
  assert.equal(limits({ 'network.traffic.rate.limit.enable': 'false' }).network, undefined)
})

test('bytes and pauses are read where they were counted', () => {
  const { network, memory } = limits()
  const cells = new BigInt64Array(memory)
  const at = network?.of(1).cell ?? 0
  cells.set([5n, 1000n, 3n], at)
  assert.deepEqual(network?.readings, {
    sluice_http_read_bytes_total: [
      { labels: { listener: 'http:1' }, value: 0 },
      { labels: { listener: 'http:2' }, value: 1000 },
    ],
    sluice_http_read_pauses_total: [
      { labels: { listener: 'http:1' }, value: 0 },
      { labels: { listener: 'http:2' }, value: 3 },
    ],
  })
})
