/** The documents say what the code says: derived ones are fresh, written ones name what there is. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findStaleFiles } from '../scripts/derived-files.ts'
import { KEYS } from '../src/config/index.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Documents for people, wherever they are, but for those of other people's packages. */
const documents = ['', 'docs', 'docs/decisions', 'load-tests', 'deploy'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

function faultsOf(find: (path: string, text: string) => string[]): string[] {
  return documents.flatMap((path) =>
    find(path, readFileSync(join(ROOT, path), 'utf8')).map((fault) => `${path}: ${fault}`),
  )
}

test('no derived file is stale (else run "npm run docs")', () => {
  assert.deepEqual(
    findStaleFiles().map(({ path }) => path),
    [],
  )
})

test('links lead to files that exist', () => {
  const faults = faultsOf((path, text) =>
    [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !existsSync(join(ROOT, dirname(path), target))),
  )
  assert.deepEqual(faults, [])
})

test('each decision has its date, status, context and rejected alternatives', () => {
  const expected = [
    /^20\d\d-\d\d-\d\d\. (?:Accepted|Replaced)/m,
    /^\*\*Context\./m,
    /^\*\*Decision\./m,
    /^\*\*Alternatives that lost\.\*\*/m,
  ]
  const faults = faultsOf((path, text) =>
    path.startsWith('docs/decisions/')
      ? expected.filter((part) => !part.test(text)).map(String)
      : [],
  )
  assert.deepEqual(faults, [])
})

test('requirements that a source file or a document cites have an anchor in docs/conformance.md', () => {
  const conformance = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8')
  const files = ['src', 'test', 'scripts', 'native-bindings/src', 'native-bindings/test']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((path) => /\.(ts|h|cc)$/.test(path))
  const cited = [...files, ...documents].flatMap((path) =>
    [
      ...readFileSync(join(ROOT, path), 'utf8').matchAll(/conformance\.md#([\w-]+(?:\.[\w-]+)*)/g),
    ].map((match) => ({ path, id: match[1] as string })),
  )
  assert.ok(cited.length > 10)
  assert.deepEqual(
    cited.filter(({ id }) => !conformance.includes(`<a id="${id}"></a>`)),
    [],
  )
})

test('the configurations of balancers are those of the files that the tests use', () => {
  const text = readFileSync(join(ROOT, 'docs/load-balancers.md'), 'utf8')
  const shown = [...text.matchAll(/^```\w+\n(.*?)^```/gms)].map((match) => match[1])
  const files = ['sluice.properties', 'nginx/sluice.conf', 'haproxy/haproxy.cfg']
  assert.deepEqual(
    shown,
    files.map((file) => readFileSync(join(ROOT, 'deploy', file), 'utf8')),
  )
})

test('the guide of production explains each alert, and shows the example that is tested', () => {
  const page = readFileSync(join(ROOT, 'docs/production.md'), 'utf8')
  const alerts = readFileSync(join(ROOT, 'deploy/helm/sluice/files/alerts.yaml'), 'utf8')
  const named = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name]) => name)
  assert.deepEqual(named(page, /^\| `(Sluice\w+)` \|/gm), named(alerts, /^ +- alert: (\w+)$/gm))
  const example = readFileSync(join(ROOT, 'docs/examples/rest_client.py'), 'utf8')
  const [shown = ''] = named(page, /^```python\n(.*?)^```/gms)
  assert.ok(shown !== '' && example.includes(shown))
})

test('keys of ours that a document names exist', () => {
  const faults = faultsOf((_path, text) =>
    [...text.matchAll(/(?<=`)sluice\.[a-z][a-z.]*[a-z]\b/g)]
      .map(([key]) => key)
      .filter((key) => !KEYS.has(key)),
  )
  assert.deepEqual(faults, [])
})

test('commands of npm that a document names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const faults = faultsOf((_path, text) =>
    [...text.matchAll(/\bnpm run ([\w:]+)/g)]
      .map((match) => match[1] as string)
      .filter((name) => !Object.hasOwn(scripts, name)),
  )
  assert.deepEqual(faults, [])
})
