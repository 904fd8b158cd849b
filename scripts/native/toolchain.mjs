/** What of a machine changes a build: the system, the compilers, the optional libraries. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** The headers that librdkafka's configuration looks for. */
const OPTIONAL = ['openssl/ssl.h', 'zlib.h', 'zstd.h', 'sasl/sasl.h', 'curl/curl.h']

/** Compilers are asked once. */
let known

/** A text that differs where builds differ. Throws an error when there is no compiler. */
export function toolchain() {
  known ??= [
    process.platform,
    process.arch,
    distribution(),
    versionOf(process.env.CC || 'gcc'),
    versionOf(process.env.CXX || 'g++'),
    ...['CPPFLAGS', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS'].map((name) => process.env[name] ?? ''),
    presentHeaders(),
  ].join('\n')
  return known
}

/** Names and versions of libraries differ from one distribution to the next. */
function distribution() {
  const file = '/etc/os-release'
  if (!existsSync(file)) return ''
  return (readFileSync(file, 'utf8').match(/^(ID|VERSION_ID)=.*$/gm) ?? []).join(' ')
}

function versionOf(compiler) {
  const [command, ...args] = compiler.split(' ')
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    // Its first line begins with the name by which it was called.
    return execFileSync(command, [...args, '--version'], options).replace(/^\S+/, '')
  } catch {
    throw new Error(`There is no C++ compiler: ${compiler} does not start.`)
  }
}

/** The contents stay out of it: their versions change with updates that change no interface. */
function presentHeaders() {
  const lines = OPTIONAL.map((name) => `#if __has_include(<${name}>)\nhas ${name}\n#endif`)
  const args = ['-E', '-P', '-x', 'c', '-']
  const command = process.env.CC?.split(' ') ?? ['gcc']
  const { stdout } = spawnSync(command[0], [...command.slice(1), ...args], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  })
  return stdout
}
