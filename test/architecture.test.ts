/** The plan of the house, enforced: who may import whom, which doors are single, which names. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Who may import whom. A folder may import itself, floor 0, and what stands on its line. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  tls: [],
  config: [],
  access: ['config'],
  auth: ['config'],
  limits: ['config'],
  http: ['config'],
  kafka: ['config', 'tls'],
  'schema-registry': ['config', 'tls'],
  serde: ['config', 'schema-registry'],
  'serde-workers': ['config', 'kafka', 'schema-registry', 'serde'],
  cluster: ['config', 'http', 'kafka'],
  tracing: ['config', 'http'],
  api: [
    'access',
    'auth',
    'cluster',
    'config',
    'http',
    'kafka',
    'limits',
    'schema-registry',
    'serde',
    'serde-workers',
  ],
  loop: ['auth', 'cluster', 'config', 'http', 'kafka', 'limits', 'serde-workers', 'tracing', 'api'],
  process: [
    'access',
    'auth',
    'cluster',
    'config',
    'http',
    'kafka',
    'limits',
    'schema-registry',
    'serde',
    'serde-workers',
    'tls',
    'api',
    'loop',
  ],
}
const FLOOR_0 = [
  'errors.ts',
  'file-watch.ts',
  'histogram.ts',
  'line-output.ts',
  'log.ts',
  'loop-counters.ts',
  'metrics.ts',
  'port-calls.ts',
  'waiting.ts',
]
/** Above all folders, in this order. */
const TOP = ['main.ts', 'health-check.ts']

/** Packages with one importer. */
const SINGLE_DOORS: Record<string, string> = {
  '../../native-bindings/uws.js': 'src/http/server.ts',
  '../../native-bindings': 'src/kafka/native.ts',
  '../../native-bindings/index.d.ts': 'src/kafka/native.ts',
  pino: 'src/log.ts',
  'sonic-boom': 'src/line-output.ts',
  'prom-client': 'src/metrics.ts',
  avsc: 'src/serde/avro/schema.ts',
  '@platformatic/kafka': 'src/kafka/direct/library.ts',
}

/** What only records with schemas need, by the package's name or the beginning of it. */
const SCHEMA_LIBRARIES = /^(avsc|ajv|@bufbuild|protobufjs)/

/** Which headers a folder of the engine may include, besides the standard library's and its own. */
const NATIVE_MAY_INCLUDE: Record<string, RegExp> = {
  json: /^(json\/|record\.h$|simdjson\.h$)/,
  kafka: /^(kafka\/|json\/|record\.h$|net\/descriptors\.h$|librdkafka\/)/,
  net: /^net\//,
  napi: /^(napi\/|net\/|kafka\/|json\/|record\.h$|librdkafka\/)/,
}

const FORBIDDEN_NAMES =
  /(^|[-_/])(util|utils|helper|helpers|common|misc|manager|impl|handler2)s?(\.|$)/

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).split(sep).join('/'))
    .filter((path) => pattern.test(path) && !path.includes('node_modules'))
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The specifiers that a TypeScript file imports, also dynamically and by require. */
function importsOf(path: string): string[] {
  const matches = read(path).matchAll(/(?:from|import\(|require\w*\([^)]*\)\()\s*'([^']+)'/g)
  return [...matches].map((match) => match[1] as string)
}

const sources = filesBelow('src', /\.ts$/)
const roomOf = (path: string) => (path.split('/').length > 2 ? path.split('/')[1] : undefined)

/** The problem with an import, if there is one. */
function faultOf(path: string, target: string): string | undefined {
  const [from, to] = [roomOf(path), roomOf(target)]
  if (to === undefined) return floorFault(path, target, from)
  if (from === undefined) {
    return FLOOR_0.includes(path.slice(4))
      ? `${path} (floor 0) must not import ${target}`
      : undefined
  }
  const allowed = from === to || MAY_IMPORT[from]?.includes(to)
  return allowed ? undefined : `${from} must not import ${to}: ${path} imports ${target}`
}

function floorFault(path: string, target: string, from: string | undefined): string | undefined {
  const file = target.slice(4)
  if (FLOOR_0.includes(file)) return undefined
  const isAbove = from === undefined && TOP.indexOf(path.slice(4)) > TOP.indexOf(file)
  return isAbove ? undefined : `${path} must not import ${target}`
}

test('imports go down, or sideways inside a folder', () => {
  const faults = sources.flatMap((path) =>
    importsOf(path)
      .filter(
        (specifier) =>
          specifier.startsWith('.') && !/native-bindings|authenticator\.d\.ts$/.test(specifier),
      )
      .map((specifier) => faultOf(path, relative(ROOT, join(ROOT, dirname(path), specifier))))
      .filter((fault) => fault !== undefined),
  )
  assert.deepEqual(faults, [])
})

test('an upward import would be found', () => {
  assert.equal(
    faultOf('src/config/load.ts', 'src/http/server.ts'),
    'config must not import http: src/config/load.ts imports src/http/server.ts',
  )
  assert.ok(faultOf('src/kafka/admin.ts', 'src/process/app.ts'))
  assert.ok(faultOf('src/errors.ts', 'src/kafka/errors.ts'))
})

test('no file imports itself by a detour', () => {
  const graph = new Map(
    sources.map((path) => [
      path,
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(ROOT, join(ROOT, dirname(path), specifier)))
        .filter((target) => sources.includes(target)),
    ]),
  )
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `cycle: ${[...trail, path].join(' → ')}`)
    if (done.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
})

test('single doors have one importer', () => {
  const faults = sources.flatMap((path) =>
    importsOf(path)
      .filter((specifier) => Object.hasOwn(SINGLE_DOORS, specifier))
      .filter((specifier) => SINGLE_DOORS[specifier] !== path)
      .map((specifier) => `${specifier} is imported by ${path}`),
  )
  assert.deepEqual(faults, [])
})

/** What a file brings along when it is loaded: no types, and nothing that it imports later. */
function loadedWith(path: string): string[] {
  const matches = read(path).matchAll(/(?:^|\n)(?:import|export)(?! type\b)[^';]*? from '([^']+)'/g)
  return [...matches].map((match) => match[1] as string)
}

/** All that a file brings along: the paths of sources, and the names of packages. */
function allLoadedWith(file: string): ReadonlySet<string> {
  const loaded = new Set([file])
  for (const path of loaded) {
    if (!sources.includes(path)) continue
    for (const specifier of loadedWith(path)) {
      const isFile = specifier.startsWith('.')
      loaded.add(isFile ? relative(ROOT, join(ROOT, dirname(path), specifier)) : specifier)
    }
  }
  return loaded
}

test('a process without schemas loads none of their libraries', () => {
  const loaded = allLoadedWith('src/main.ts')
  assert.ok(loaded.has('src/serde/formats.ts') && loaded.has('pino'))
  assert.deepEqual(
    [...loaded].filter((name) => SCHEMA_LIBRARIES.test(name)),
    [],
  )
})

test('no event loop has the library that makes calls to brokers', () => {
  for (const file of ['src/main.ts', 'src/loop/worker.ts']) {
    const loaded = allLoadedWith(file)
    assert.ok(loaded.has('src/kafka/direct/broker-calls.ts'))
    assert.ok(!loaded.has('src/kafka/direct/library.ts'), file)
  }
  assert.ok(allLoadedWith('src/kafka/direct/thread-main.ts').has('src/kafka/direct/library.ts'))
})

test('each folder of the engine includes only what it may know', () => {
  const faults = Object.entries(NATIVE_MAY_INCLUDE).flatMap(([folder, allowed]) =>
    filesBelow(`native-bindings/src/${folder}`, /\.(h|cc)$/).flatMap((path) =>
      [...read(path).matchAll(/#include ["<]([\w./]+\.h)[">]/g)]
        .map((match) => match[1] as string)
        .filter((header) => !allowed.test(header) && !isSystemHeader(header))
        .map((header) => `${path} includes ${header}`),
    ),
  )
  assert.deepEqual(faults, [])
})

/** Of the operating system or the compiler. */
function isSystemHeader(header: string): boolean {
  return (
    /^(pthread|immintrin|node_api|uv|dirent|fcntl|netdb|unistd)\.h$/.test(header) ||
    /^(sys|netinet|linux)\//.test(header)
  )
}

test('only one file includes Node-API', () => {
  const includers = filesBelow('native-bindings/src', /\.(h|cc)$/).filter((path) =>
    /#include <(node_api|uv)\.h>/.test(read(path)),
  )
  assert.deepEqual(includers, ['native-bindings/src/napi/setup.h'])
})

test('no file is a drawer', () => {
  const files = [
    ...sources,
    ...filesBelow('native-bindings/src', /\.(h|cc)$/),
    ...filesBelow('test', /\.ts$/),
    ...filesBelow('scripts', /\.(ts|mjs)$/),
  ]
  assert.deepEqual(
    files.filter((path) => FORBIDDEN_NAMES.test(path)),
    [],
  )
})

test('every file says what it is for', () => {
  const files = [...sources, ...filesBelow('test', /\.ts$/), ...filesBelow('scripts', /\.ts$/)]
  const silent = files.filter((path) => !/^(#!.*\n)?\/\*\*/.test(read(path)))
  assert.deepEqual(silent, [])
})

test('every export is documented', () => {
  const faults = sources.flatMap((path) => {
    const lines = read(path).split('\n')
    return lines
      .map((line, index) => ({ line, before: lines[index - 1] ?? '', number: index + 1 }))
      .filter(({ line }) =>
        /^export (default |async |abstract )*(class|function|interface)/.test(line),
      )
      .filter(({ before }) => !/(\*\/|^\/\/ biome-ignore.*)$/.test(before.trim()))
      .map(({ number }) => `${path}:${number}`)
  })
  assert.deepEqual(faults, [])
})

test('ARCHITECTURE.md has every folder of the sources in its map', () => {
  const map = read('ARCHITECTURE.md')
  const native = filesBelow('native-bindings/src', /\.(h|cc)$/)
  const folders = new Set([...sources, ...native].map((path) => `${dirname(path)}/`))
  assert.deepEqual(
    [...folders].filter((folder) => !map.includes(`| \`${folder}\` |`)),
    [],
  )
})

/** The path of a file that ARCHITECTURE.md names; undefined when there is no such file. */
function findNamed(name: string): string | undefined {
  return ['', 'src/', 'native-bindings/src/']
    .map((folder) => folder + name)
    .find((path) => existsSync(join(ROOT, path)))
}

test('ARCHITECTURE.md names files and functions that exist', () => {
  const text = read('ARCHITECTURE.md')
  const named = [
    ...text.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.(?:cc|h|ts|mjs))`(?:,\s+`(#?\w+)`)?/g),
  ].map(([, path = '', name = '']) => ({ path, name }))
  assert.ok(named.length > 30)
  const faults = named.filter(({ path, name }) => {
    const file = findNamed(path)
    return file === undefined || !read(file).includes(name)
  })
  assert.deepEqual(faults, [])
})

test('each folder in the map of ARCHITECTURE.md has the files to begin with', () => {
  const rows = [...read('ARCHITECTURE.md').matchAll(/^\| `([\w/-]+\/)` \|.*\| ([^|]+) \|$/gm)]
  assert.ok(rows.length > 20)
  const faults = rows.flatMap(([, folder = '', files = '']) =>
    [...files.matchAll(/`([^`]+)`/g)]
      .map((match) => folder + match[1])
      .filter((path) => !existsSync(join(ROOT, path))),
  )
  assert.deepEqual(faults, [])
})
