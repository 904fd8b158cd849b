/** The files in `deploy/` name metrics, labels and keys that there are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parser } from '@prometheus-io/lezer-promql'
import { parse } from 'yaml'
import { KEYS } from '../../../src/config/index.ts'
import { METRICS, type MetricSpec, Metrics } from '../../../src/metrics.ts'

const CHART = join(import.meta.dirname, '../../../deploy/helm/sluice')
const read = (file: string) => readFileSync(join(CHART, file), 'utf8')

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

const alerts: Alert[] = parse(read('files/alerts.yaml')).groups[0].rules
const dashboard = JSON.parse(read('files/dashboard.json')) as {
  readonly panels: readonly { title: string; targets: readonly { expr: string }[] }[]
}

/** Labels that Prometheus adds. */
const LABELS = ['instance', 'job', 'le']
const NODE_METRICS = await nodeMetrics()

/** The metrics of Node.js, which prom-client declares. */
async function nodeMetrics(): Promise<Set<string>> {
  const build = { version: '', node: '', librdkafka: '', patches: '' }
  const text = await new Metrics(() => ({}), build, []).render()
  const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map((match) => match[1] as string)
  return new Set(names.filter((name) => !Object.hasOwn(METRICS, name)))
}

/** A histogram has no value of its own name. */
function specOf(name: string): MetricSpec | undefined {
  const table: Readonly<Record<string, MetricSpec>> = METRICS
  const histogram = /^(.*)_(?:bucket|sum|count)$/.exec(name)?.[1]
  if (histogram && table[histogram]?.type === 'histogram') return table[histogram]
  return table[name]?.type === 'histogram' ? undefined : table[name]
}

/** The faults of an expression: its syntax, and names that there are not. */
function faultsOf(expression: string): string[] {
  const expr = expression.replaceAll('$__rate_interval', '5m')
  const faults: string[] = []
  const metrics: string[] = []
  const labels: string[] = []
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      const text = expr.slice(from, to)
      if (type.isError) faults.push(`syntax at ${from}`)
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(text)
      if (type.name === 'LabelName') labels.push(text)
    },
  })
  if (metrics.length === 0) faults.push('no metric')
  const known = new Set(LABELS)
  for (const name of metrics) {
    for (const label of specOf(name)?.labels ?? []) known.add(label)
    if (!specOf(name) && !NODE_METRICS.has(name) && name !== 'up') faults.push(`no metric ${name}`)
  }
  return [...faults, ...labels.filter((label) => !known.has(label)).map((label) => `no ${label}`)]
}

test('faults of an expression are found', () => {
  assert.deepEqual(faultsOf('rate(sluice_http_requests_total{status="500"}[5m])'), [])
  assert.deepEqual(faultsOf('sum(sluice_http_requests_total{state="500"})'), ['no state'])
  assert.deepEqual(faultsOf('sluice_http_request_total'), ['no metric sluice_http_request_total'])
  assert.equal(faultsOf('sluice_event_loop_delay_seconds').length, 1)
  assert.ok(faultsOf('rate(sluice_http_requests_total[5m]').length > 0)
})

describe('an alert', () => {
  for (const { alert, expr, labels, annotations } of alerts) {
    test(`${alert} is about metrics that there are, and says what to do`, () => {
      assert.deepEqual(faultsOf(expr), [])
      assert.match(labels.severity, /^(critical|warning|info)$/)
      assert.match(annotations.summary, /\{\{ \$labels\.instance \}\}/)
      assert.ok(annotations.description.length > 20)
    })
  }
})

describe('a panel of the dashboard', () => {
  assert.ok(dashboard.panels.length > 10)
  for (const { title, targets } of dashboard.panels) {
    test(`"${title}" shows metrics that there are`, () => {
      assert.deepEqual(
        targets.flatMap(({ expr }) => faultsOf(expr)),
        [],
      )
    })
  }
})

test('the chart sets keys that there are', () => {
  const keys = Object.keys(parse(read('values.yaml')).config)
  assert.ok(keys.length > 1)
  assert.deepEqual(
    keys.filter((key) => !KEYS.has(key)),
    [],
  )
})

test('the chart has the version of the package', () => {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'),
  )
  assert.equal(parse(read('Chart.yaml')).appVersion, version)
})
