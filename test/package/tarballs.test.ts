/** The npm packages: installed into an empty folder, they start and answer. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { librdkafkaSources, listSources } from '../../scripts/native/librdkafka.mjs'
import { originalUws } from '../../scripts/native/uws-sources.mjs'

const ROOT = join(import.meta.dirname, '../..')
const SOURCES = listSources(librdkafkaSources())
const work = mkdtempSync(join(tmpdir(), 'sluice-packages-'))
const packed = join(work, 'packed')

before(() => {
  run(ROOT, process.execPath, ['scripts/pack.mjs', packed])
})
after(() => rmSync(work, { recursive: true, force: true }))

describe('Sluice and prebuilt addons', () => {
  const folder = join(work, 'prebuilt')

  it('are installed without a compiler', () => {
    install(folder, tarballs(), { CC: 'false', CXX: 'false' })
    assert.ok(!existsSync(join(folder, 'node_modules/sluice/native-bindings/build')))
    assert.ok(!existsSync(join(folder, 'node_modules/uWebSockets.js')), 'foreign binaries')
  })

  it('start and answer', () => startAndAsk(folder))
})

describe('Sluice alone', () => {
  const folder = join(work, 'alone')

  it('builds its addons from the sources that it brings', async () => {
    install(
      folder,
      tarballs().filter((path) => !path.includes('engine')),
    )
    const sluice = join(folder, 'node_modules/sluice')
    for (const addon of ['sluice.node', `uws-${process.versions.modules}.node`]) {
      assert.ok(existsSync(join(sluice, 'native-bindings/build/Release', addon)), addon)
    }
    assert.deepEqual(
      listSources(join(sluice, 'node_modules/node-rdkafka/deps/librdkafka')),
      SOURCES,
    )
    const bundled = join(sluice, 'native-bindings/uws/sources')
    for (const [path, text] of await originalUws()) {
      assert.equal(readFileSync(join(bundled, path), 'utf8'), text, path)
    }
  })

  it('runs no install script but its own, because npm runs them side by side', () => {
    const lock = join(folder, 'node_modules/.package-lock.json')
    const { packages } = JSON.parse(readFileSync(lock, 'utf8'))
    const scripted = Object.entries<{ hasInstallScript?: boolean }>(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path)
    assert.deepEqual(scripted, ['node_modules/sluice'])
  })

  it('starts and answers', () => startAndAsk(folder))

  it('says what to install when there is no compiler', () => {
    const packageFolder = join(folder, 'node_modules/sluice')
    const { PATH: _path, ...env } = process.env
    const build = spawn(process.execPath, ['scripts/build-native.mjs'], {
      cwd: packageFolder,
      env: { ...env, PATH: '/nowhere' },
    })
    return assertSays(build, /sudo apt-get install .*g\+\+/)
  })
})

function tarballs(): string[] {
  return readdirSync(packed).map((name) => join(packed, name))
}

function install(folder: string, packages: readonly string[], environment = {}): void {
  run(work, 'mkdir', [folder])
  run(folder, 'npm', ['init', '--yes'])
  run(folder, 'npm', ['install', '--no-audit', '--no-fund', ...packages], environment)
}

function run(cwd: string, command: string, args: readonly string[], environment = {}): string {
  const env = { ...process.env, ...environment }
  return execFileSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The command that npm links: its version, a check of a configuration, and a request. */
async function startAndAsk(folder: string): Promise<void> {
  const command = join(folder, 'node_modules/.bin/sluice')
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.equal(run(folder, command, ['--version']).trim(), version)
  run(folder, command, ['--check-config', '--set', 'bootstrap.servers=localhost:9092'])
  const proxy = spawn(command, ['--embedded', '--set', 'listeners=http://127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const port = await listeningPort(proxy.stdout)
    const response = await fetch(`http://127.0.0.1:${port}/topics`)
    assert.equal(response.status, 200)
    assert.ok(Array.isArray(await response.json()))
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    for (const file of ['', '/viewer.js', '/viewer.css', '/configuration.md']) {
      const { status } = await fetch(`http://127.0.0.1:${port}/reference${file}`)
      assert.equal(status, 200, file)
    }
    assert.match(metrics, /^sluice_build_info\{.*patches="0001-[^"]+"\} 1$/m)
  } finally {
    proxy.kill()
    await once(proxy, 'exit')
  }
}

async function listeningPort(output: NodeJS.ReadableStream): Promise<number> {
  let text = ''
  output.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  for (;;) {
    const [, port] = /"port":(\d+)/.exec(text) ?? []
    if (port !== undefined) return Number(port)
    await once(output, 'data')
  }
}

async function assertSays(child: ReturnType<typeof spawn>, pattern: RegExp): Promise<void> {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 1)
  assert.match(text, pattern)
}
