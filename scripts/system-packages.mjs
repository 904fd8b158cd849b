/** Which Debian packages the set-up needs, what is lost without each, and how to get them. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * @typedef {object} SystemPackage
 * @property {string} name     Debian's name.
 * @property {string} evidence A header, a command, or a command line that succeeds, if it is there.
 * @property {string} loss     What does not work without it.
 * @property {boolean} [isNeeded] Nothing can be built without it.
 */

const NO_SYSTEM_PACKAGES = 'SLUICE_NO_SYSTEM_PACKAGES'

/** @type {SystemPackage[]} */
export const BUILD_PACKAGES = [
  { name: 'g++', evidence: 'g++', loss: 'nothing native can be built', isNeeded: true },
  { name: 'make', evidence: 'make', loss: 'nothing native can be built', isNeeded: true },
  { name: 'python3', evidence: 'python3', loss: 'librdkafka cannot be built', isNeeded: true },
  { name: 'libssl-dev', evidence: 'openssl/ssl.h', loss: 'no TLS and no SCRAM to Kafka' },
  { name: 'zlib1g-dev', evidence: 'zlib.h', loss: 'gzip topics cannot be read' },
  { name: 'libzstd-dev', evidence: 'zstd.h', loss: 'zstd topics cannot be read' },
  { name: 'libsasl2-dev', evidence: 'sasl/sasl.h', loss: 'no Kerberos (GSSAPI) to Kafka' },
  { name: 'libcurl4-openssl-dev', evidence: 'curl/curl.h', loss: 'no OAUTHBEARER/OIDC to Kafka' },
]

/**
 * What fetches the sources of uWebSockets.js, once for a machine.
 *
 * @type {SystemPackage[]}
 */
export const FETCH_PACKAGES = [
  {
    name: 'cargo',
    evidence: 'cargo',
    loss: 'the sources of uWebSockets.js cannot be fetched',
    isNeeded: true,
  },
  {
    name: 'python3-pip',
    evidence: 'python3 -m pip --version',
    loss: 'the sources of uWebSockets.js cannot be fetched',
    isNeeded: true,
  },
]

/** @type {SystemPackage[]} */
export const TEST_PACKAGES = [
  { name: 'golang-go', evidence: 'go', loss: 'the Go SDKs of the v3 API are not tried' },
  { name: 'openjdk-17-jdk-headless', evidence: 'javac', loss: 'no Kafka for the tests' },
  { name: 'maven', evidence: 'mvn', loss: 'no Kafka for the tests' },
  { name: 'openssl', evidence: 'openssl', loss: 'no certificates for the tests' },
  {
    name: 'python3-venv',
    evidence: 'python3 -c "import ensurepip"',
    loss: 'no clients in Python for the tests',
  },
  {
    name: 'nginx-light',
    evidence: 'test -x /usr/sbin/nginx || command -v nginx',
    loss: 'no test of its configuration in the docs',
  },
  {
    name: 'libnginx-mod-stream',
    evidence: 'test -e /usr/lib/nginx/modules/ngx_stream_module.so',
    loss: 'no test of nginx in front of a listener with the PROXY protocol',
  },
  {
    name: 'haproxy',
    evidence: 'test -x /usr/sbin/haproxy || command -v haproxy',
    loss: 'no test of its configuration in the docs',
  },
  { name: 'libgtest-dev', evidence: 'gtest/gtest.h', loss: 'the native tests cannot be built' },
]

/** @type {SystemPackage[]} */
export const FUZZ_PACKAGES = [
  { name: 'clang', evidence: 'clang++', loss: 'the fuzz targets cannot be built' },
  {
    name: 'libclang-rt-dev',
    evidence: 'fuzzer/FuzzedDataProvider.h',
    loss: 'the fuzz targets cannot be linked',
  },
]

/** @type {SystemPackage[]} */
export const BENCH_PACKAGES = [
  { name: 'wrk', evidence: 'wrk', loss: 'no load for the benchmarks' },
  { name: 'strace', evidence: 'strace', loss: 'no count of the calls of futex' },
]

/**
 * Installs what is missing with apt when this is root on Debian or Ubuntu, and the command line has
 * no `--no-system-packages`; elsewhere names it.
 *
 * @param {SystemPackage[]} packages
 * @returns {string[]} The names of those that are still missing.
 */
export function ensureSystemPackages(packages) {
  const missing = missingPackages(packages)
  if (missing.length === 0) return []
  if (mayInstall()) {
    const names = missing.map(({ name }) => name)
    console.log(`Installing these system packages as root, with apt-get: ${names.join(' ')}`)
    console.log('("--no-system-packages" leaves the system alone.)')
    aptInstall(names)
  }
  const left = missingPackages(missing)
  tellMissing(left)
  return left.map(({ name }) => name)
}

/** Whether this is root on a system with apt, and may change it. */
function mayInstall() {
  const isAllowed = process.env[NO_SYSTEM_PACKAGES] === undefined
  return isAllowed && process.getuid?.() === 0 && existsSync('/etc/debian_version')
}

/** Takes `--no-system-packages` off a command line; child processes are told, too. */
export function withoutSystemPackagesFlag(args) {
  const left = args.filter((argument) => argument !== '--no-system-packages')
  if (left.length < args.length) process.env[NO_SYSTEM_PACKAGES] = '1'
  return left
}

function aptInstall(names) {
  const started = Date.now()
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...args) => spawnSync('apt-get', ['-qq', ...args], { env, stdio: 'ignore' }).status
  const install = () => run('install', '-y', '--no-install-recommends', ...names)
  if (install() !== 0) {
    run('update')
    install()
  }
  console.log(`apt-get took ${Math.round((Date.now() - started) / 1000)} s.`)
}

/** Those that this system does not have. */
export function missingPackages(packages) {
  return packages.filter(({ evidence }) => !isPresent(evidence))
}

/** Names missing packages, what each is for, and the command that installs them. */
export function tellMissing(missing) {
  if (missing.length === 0) return
  for (const { name, loss } of missing) console.warn(`Missing system package ${name}: ${loss}.`)
  const names = missing.map(({ name }) => name).join(' ')
  console.warn(`On Debian and Ubuntu: sudo apt-get install ${names}`)
}

/** @param {string} evidence */
function isPresent(evidence) {
  if (evidence.includes(' ')) {
    return spawnSync('sh', ['-c', evidence], { stdio: 'ignore' }).status === 0
  }
  if (!evidence.endsWith('.h')) {
    return spawnSync('sh', ['-c', `command -v ${evidence}`], { stdio: 'ignore' }).status === 0
  }
  // Its output is not kept: that of gtest is more than spawnSync holds.
  const stdio = ['pipe', 'ignore', 'ignore']
  const probe = { input: `#include <${evidence}>\n`, stdio }
  return ['cc', 'clang'].some(
    (compiler) => spawnSync(compiler, ['-E', '-x', 'c++', '-'], probe).status === 0,
  )
}
