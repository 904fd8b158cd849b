/** Our build of uWebSockets.js: what its binary needs, worker threads, and how its sources are fetched. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const RELEASE = join(ROOT, 'native-bindings/build/Release')
const ADDON = `uws-${process.versions.modules}.node`
/** What Ubuntu 22.04 has, the oldest of the systems that prebuilt addons are for. Debian 12 has 2.36. */
const LIMITS = { GLIBC: [2, 35], GLIBCXX: [3, 4, 30], CXXABI: [1, 3, 13], GCC: [12, 0, 0] }
const work = mkdtempSync(join(tmpdir(), 'sluice-uws-'))
after(() => rmSync(work, { recursive: true }))

describe('a binary', () => {
  const builder = (process.report.getReport() as { header: { glibcVersionRuntime: string } }).header
  const skip = isAtMost(numbersOf(builder.glibcVersionRuntime), [2, 36])
    ? false
    : 'a newer system built it'
  for (const file of [ADDON, 'sluice.node', 'librdkafka.so.1']) {
    it(`runs on Ubuntu 22.04 and Debian 12: ${file}`, { skip }, () => {
      const symbols = run('objdump', ['-T', join(RELEASE, file)])
      const needed = [...symbols.matchAll(/\((GLIBC|GLIBCXX|CXXABI|GCC)_([\d.]+)\)/g)]
      assert.ok(needed.some(([, library]) => library === 'GLIBC'))
      for (const [, library, version = ''] of needed) {
        const limit = LIMITS[library as keyof typeof LIMITS]
        assert.ok(isAtMost(numbersOf(version), limit), `${file} needs ${library}_${version}`)
      }
    })
  }

  it('of uWebSockets.js links to the C and C++ libraries only', () => {
    const headers = run('objdump', ['-p', join(RELEASE, ADDON)])
    const libraries = [...headers.matchAll(/NEEDED\s+(\S+)/g)].map(([, name = '']) => name)
    const allowed = /^(libc|libm|libstdc\+\+|libgcc_s|libpthread|ld-linux.*)\.so\.\d+$/
    assert.deepEqual(
      libraries.filter((name) => !allowed.test(name)),
      [],
    )
  })

  it('of uWebSockets.js exports nothing but the entry', () => {
    const symbols = run('nm', ['-D', '--defined-only', join(RELEASE, ADDON)])
    const own = symbols.trim().split('\n')

    assert.deepEqual(
      own.map((line) => line.split(' ').at(-1)),
      [`node_register_module_v${process.versions.modules}`],
    )
  })

  it('has no HTTP/3', () => {
    const uws = createRequire(import.meta.url)('../../native-bindings/uws.js')
    assert.deepEqual(
      ['App', 'SSLApp', 'H3App'].filter((name) => name in uws),
      ['App', 'SSLApp'],
    )
  })
})

describe('two worker threads listen and answer, with open requests, and', () => {
  for (const [end, codes] of [
    ['are terminated', [1, 1]],
    ['exit', [0, 0]],
    ['close and exit', [0, 0]],
  ] as const) {
    it(`${end}: the process goes on`, () => {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [join(import.meta.dirname, 'listening-workers.mjs'), end],
        { encoding: 'utf8', timeout: 60_000 },
      )
      assert.deepEqual([status, stderr], [0, ''])
      assert.deepEqual(JSON.parse(stdout), codes)
    })
  }
})

describe('the sources', () => {
  it('are not fetched without Cargo: the set-up says what to install', async () => {
    const environment = { PATH: '/nowhere' }
    const setUp = await fetchSources(ROOT, environment, 'scripts/build-native.mjs')
    assert.equal(setUp.code, 1)
    assert.match(
      setUp.stderr,
      /Missing system package cargo: the sources of uWebSockets\.js cannot/,
    )
    assert.match(setUp.stderr, /sudo apt-get install .*\bcargo python3-pip\n/)
    const { code, stderr } = await fetchSources(ROOT, environment)
    assert.equal(code, 1)
    assert.match(
      stderr,
      /cannot be fetched, because cargo is missing\. Install it with "sudo apt-get/,
    )
    assert.doesNotMatch(stderr, /\n {4}at /)
  })

  it('of a crate with another checksum are refused', async () => {
    const { code, stderr } = await fetchSources(copyWith('Cargo.toml', /"d51e/, '"a51e'))
    assert.equal(code, 1)
    assert.match(
      stderr,
      /libuwebsockets-sys has the SHA-256 d51e\w{60}, where Cargo\.toml expects a51e/,
    )
  })

  it('of a Python package with another checksum are refused', async () => {
    const copy = copyWith('requirements.txt', /sha256:0d98/, 'sha256:ad98')
    const { code, stderr } = await fetchSources(copy)
    assert.equal(code, 1)
    assert.match(stderr, /HASHES|hashes/)
  })
})

/** A copy of what fetches, with one file changed. */
function copyWith(file: string, text: RegExp, other: string): string {
  const copy = mkdtempSync(join(work, 'copy-'))
  for (const path of ['scripts', 'native-bindings/uws']) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true })
  }
  for (const path of ['locate.js', 'prebuilt.js', 'package.json']) {
    cpSync(join(ROOT, 'native-bindings', path), join(copy, 'native-bindings', path))
  }
  const changed = join(copy, 'native-bindings/uws', file)
  const before = readFileSync(changed, 'utf8')
  writeFileSync(changed, before.replace(text, other))
  assert.notEqual(readFileSync(changed, 'utf8'), before)
  return copy
}

/** Fetches the sources into an empty cache. */
async function fetchSources(
  root: string,
  environment = {},
  script = 'scripts/native/uws.mjs',
): Promise<{ code: number; stderr: string }> {
  const cache = mkdtempSync(join(work, 'cache-'))
  const child = spawn(process.execPath, [join(root, script), join(cache, 'tree')], {
    env: { ...process.env, XDG_CACHE_HOME: cache, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20 })
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number)
}

function isAtMost(version: readonly number[], limit: readonly number[]): boolean {
  for (const [index, part] of limit.entries()) {
    const own = version[index] ?? 0
    if (own !== part) return own < part
  }
  return true
}
