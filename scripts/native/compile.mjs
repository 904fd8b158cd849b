/** Runs a compiling command and shows its progress: on a terminal in place, else every ten seconds. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

const REPORT_MS = 10_000
/** The lines of make that stand for a compiled file: of librdkafka's makefile, and of ours. */
const COMPILED = /^(compile )|^\S+ .*-c \S+\.c(pp)? -o /
/** How much of the output an error shows. */
const SHOWN_LINES = 40

/**
 * Runs `make` with all cores. Says first what is built, then how many of about `files` files are
 * compiled, then how long it took. Throws an error with the end of the output.
 */
export async function make(what, files, args) {
  await compile(what, files, 'make', [`-j${availableParallelism()}`, ...args])
}

/** The same with any command, whose options say what it prints. */
export async function compile(what, files, command, args, options = {}) {
  const started = Date.now()
  console.log(`Building ${what}…`)
  const env = { ...process.env, ...options.env }
  // A make that calls this would hand its jobs on.
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL']) delete env[name]
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const tail = []
  const progress = progressOf(what, files, started)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line)
      if (tail.length > SHOWN_LINES) tail.shift()
      if (COMPILED.test(line)) progress.advance()
    })
  }
  const [code] = await once(child, 'close').catch((error) => [error.message])
  progress.end()
  if (code !== 0) {
    throw new Error(`${command} failed (${code}); the end of its output:\n${tail.join('\n')}`)
  }
  console.log(`Built ${what} in ${seconds(started)} s.`)
}

function progressOf(what, files, started) {
  let done = 0
  const text = () => `  ${what}: ${done} of ${Math.max(files, done)} files, ${seconds(started)} s`
  const isTerminal = process.stdout.isTTY
  const timer = setInterval(() => console.log(text()), REPORT_MS)
  if (isTerminal || files === 0) clearInterval(timer)
  return {
    advance() {
      done++
      if (isTerminal) process.stdout.write(`\r${text()}\x1b[K`)
    },
    end() {
      clearInterval(timer)
      if (isTerminal && done > 0) process.stdout.write('\r\x1b[K')
    },
  }
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000)
}
