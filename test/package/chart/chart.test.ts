/** The Helm chart, the manifests that are made from it, and the unit of systemd. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { goTool } from '../../../scripts/go-tool.mjs'
import { pythonCommands } from '../../cluster/python-packages.ts'

const ROOT = join(import.meta.dirname, '../../..')
const CHART = join(ROOT, 'deploy/helm/sluice')
const MANIFESTS = join(ROOT, 'deploy/kubernetes/sluice.yaml')
const EXAMPLE = ['--set', 'bootstrapServers=kafka:9092']
/** Everything that is off by default. */
const ALL = [
  ...EXAMPLE,
  ...['serviceMonitor', 'prometheusRule', 'grafanaDashboard'].flatMap((part) => [
    '--set',
    `${part}.enabled=true`,
  ]),
  ...['--set', 'existingSecret.name=kafka', '--set', 'podLabels.a=b,podAnnotations.c=d'],
  ...['--set', 'existingSecret.files.client\\.sasl\\.jaas\\.config=jaas'],
  ...['--set', 'existingSecret.files.sluice\\.peer\\.secret=peer,cluster.id=orders'],
]
/** The oldest version that the chart admits, and the newest whose schemas the validator has. */
const KUBERNETES = ['1.25', '1.37']

const found = goTool({ name: 'helm', source: 'helm.sh/helm/v3/cmd/helm', version: 'v3.17.3' })
const helm = found ?? ''
const skip = found ? false : 'there is neither Helm nor Go 1.23, which builds it'
const validator = join(
  pythonCommands(join(import.meta.dirname, 'requirements.txt')),
  'kubernetes-validate',
)
const folder = mkdtempSync(join(tmpdir(), 'sluice-chart-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return { status, stdout, output: stdout + stderr }
}

function template(values: readonly string[]): string {
  const place = ['--namespace', 'sluice', '--kube-version', '1.31.0']
  const { status, stdout, output } = run(helm, ['template', 'sluice', CHART, ...place, ...values])
  assert.equal(status, 0, output)
  return stdout
}

describe('the chart', { skip }, () => {
  test('passes helm lint', () => {
    const { status, output } = run(helm, ['lint', '--strict', CHART, ...EXAMPLE])
    assert.equal(status, 0, output)
  })

  test('does not render without brokers', () => {
    const { status, output } = run(helm, ['template', CHART, '--kube-version', '1.31.0'])
    assert.notEqual(status, 0)
    assert.match(output, /bootstrapServers is required/)
  })

  for (const [name, values] of [
    ['with its defaults', EXAMPLE],
    ['with all that is off by default', ALL],
  ] as const) {
    test(`renders what Kubernetes accepts ${name}`, () => {
      const file = join(folder, 'rendered.yaml')
      writeFileSync(file, template(values))
      for (const version of KUBERNETES) {
        const { status, output } = run(validator, ['--strict', '-k', version, file])
        assert.equal(status, 0, output)
        assert.match(output, /statefulset\/sluice against/)
      }
    })
  }

  test('gives a secret as a file', () => {
    assert.match(
      template(ALL),
      /name: KAFKA_REST_CLIENT_SASL_JAAS_CONFIG_FILE\n +value: \/run\/secrets\/sluice\/jaas/,
    )
  })

  test('does not render a cluster without a secret', () => {
    const cluster = [...EXAMPLE, '--set', 'cluster.id=orders', '--kube-version', '1.31.0']
    const { status, output } = run(helm, ['template', CHART, ...cluster])
    assert.notEqual(status, 0)
    assert.match(output, /needs existingSecret\.files/)
  })

  test('gives each pod of a cluster an address for the others', () => {
    assert.match(
      template(ALL),
      /PEER_ADVERTISED_LISTENER\n +value: http:\/\/\$\(POD_NAME\)\.sluice-pods\.sluice\.svc:8083\n/,
    )
    assert.match(template(ALL), /PEER_SECRET_FILE\n +value: \/run\/secrets\/sluice\/peer\n/)
    assert.match(template(ALL), /terminationGracePeriodSeconds: 58\n/)
  })

  test('a pod has the time of its stop', () => {
    const times = '--set=config.sluice\\.shutdown\\.delay\\.ms=30000,preStopSeconds=7'
    assert.match(template([...EXAMPLE, times]), /terminationGracePeriodSeconds: 62\n/)
    assert.match(template([...EXAMPLE, times]), /sluice\.shutdown\.delay\.ms=30000\n/)
  })
})

test('the plain manifests are those of the chart', { skip }, () => {
  const [heading = ''] = readFileSync(MANIFESTS, 'utf8').split('---\n', 1)
  assert.match(heading, /^# helm template/)
  assert.equal(readFileSync(MANIFESTS, 'utf8'), heading + template(EXAMPLE))
})

test('systemd accepts the unit', (t) => {
  if (run('systemd-analyze', ['--version']).status !== 0) {
    t.skip('there is no systemd-analyze')
    return
  }
  const unit = join(folder, 'sluice.service')
  const text = readFileSync(join(ROOT, 'deploy/systemd/sluice.service'), 'utf8')
  assert.match(text, /^ExecStart=\/usr\/bin\/node /m)
  writeFileSync(unit, text.replace('=/usr/bin/node ', `=${process.execPath} `))
  const { output } = run('systemd-analyze', ['verify', '--man=no', unit])
  // It also reports the units of the machine.
  assert.deepEqual(
    output.split('\n').filter((line) => line.includes('sluice')),
    [],
  )
})
