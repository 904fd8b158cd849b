/** A copy of the project in which sources are changed and tests run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { atExit } from '../cluster/at-exit.ts'
import type { Mutant, Outcome } from './mutant.ts'
import { needsKafka } from './tests-of.ts'

const ROOT = join(import.meta.dirname, '../..')
const LINKED = ['node_modules', 'native-bindings', '.cache']
const LEFT_OUT = [...LINKED, '.git', 'dist']
/** Tests of these folders run the compiled command. */
const COMPILED = ['test/integration/process/', 'test/conformance/']
/** A test that a mutant makes hang has noticed it, unless it is the machine that is slow. */
const LIMIT_MS = 300_000

const BUILD = ['node_modules/.bin/tsc', '-p', 'tsconfig.build.json']

/** Whether tests pass without a mutant, as far as it was asked. */
const soundness = new Map<string, boolean>()

/** One mutant at a time. */
export class Sandbox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-mutants-'))
  readonly #environment: Readonly<Record<string, string>>
  readonly #cancelRemoval = atExit(() => this.#delete())
  #isCompiled = false

  /** @param environment what tests need besides: where Kafka and the registry are */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment
    cpSync(ROOT, this.#folder, {
      recursive: true,
      filter: (path) => !LEFT_OUT.includes(relative(ROOT, path)),
    })
    for (const path of LINKED) symlinkSync(join(ROOT, path), join(this.#folder, path))
  }

  /**
   * Runs the mutant's tests until one fails that passes without it. One that fails anyhow says nothing;
   * nor does one of the whole proxy that fails once: the machine may be busy.
   *
   * @param isChecked whether a mutant that the compiler refuses is left out
   */
  async judge({ file, change, tests }: Mutant, isChecked: boolean): Promise<Outcome> {
    const path = join(this.#folder, file)
    const text = readFileSync(path, 'utf8')
    const mutated = change(text)
    const write = (content: string) => {
      writeFileSync(path, content)
      this.#isCompiled = false
    }
    try {
      write(mutated)
      if (isChecked && !(await this.#run([...BUILD, '--noEmit']))) {
        return { kind: 'does not compile' }
      }
      for (const test of tests) {
        const started = performance.now()
        if ((await this.passes(test)) || (needsKafka(test) && (await this.passes(test)))) continue
        write(text)
        if (await this.#isSound(test, performance.now() - started))
          return { kind: 'killed', by: test }
        write(mutated)
      }
      return { kind: 'survived' }
    } finally {
      write(text)
    }
  }

  /** Whether a test passes without a mutant: asked once, and again after a failure that took long. */
  async #isSound(test: string, failedAfterMs: number): Promise<boolean> {
    const known = soundness.get(test)
    if (known !== undefined && failedAfterMs < LIMIT_MS / 2) return known
    const isSound = (await this.passes(test)) || (await this.passes(test))
    soundness.set(test, isSound)
    if (!isSound) console.log(`${test} fails without a mutant, and is left out.`)
    return isSound
  }

  /** Whether a test file passes with the sources as they are. */
  async passes(test: string): Promise<boolean> {
    if (!this.#isCompiled && COMPILED.some((folder) => test.startsWith(folder))) {
      if (!(await this.#run([...BUILD, '--noCheck']))) return false
      this.#isCompiled = true
    }
    // What a mutant leaves open must not keep a test that has failed.
    const flags = ['--expose-gc', '--import=./scripts/typescript/register.mjs', '--test-force-exit']
    return this.#run([process.execPath, ...flags, test])
  }

  remove(): void {
    this.#cancelRemoval()
    this.#delete()
  }

  #delete(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** In a process group of its own, which ends with the command. */
  async #run([command = '', ...args]: readonly string[]): Promise<boolean> {
    const child = spawn(command, args, {
      cwd: this.#folder,
      env: { ...process.env, ...this.#environment },
      stdio: 'ignore',
      detached: true,
    })
    const end = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // All of the group are gone.
      }
    }
    const cancelEnd = atExit(end)
    const timer = setTimeout(end, LIMIT_MS)
    const [code] = await once(child, 'exit')
    clearTimeout(timer)
    cancelEnd()
    end()
    return code === 0
  }
}
