/**
 * Makes vectors.json of the cases with java.util.regex: `tsx test/golden/java-regex/generate.ts`. Needs Java 17. The tests
 * do not need it; they read the committed vectors.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../generator.ts'
import { CASES } from './cases.ts'
import { digitsOf, VECTORS, type Vectors } from './vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'java-regex-'))
try {
  const [patterns, texts] = [write('patterns', CASES.patterns), write('texts', CASES.texts)]
  const program = join(import.meta.dirname, 'GoldenVectors.java')
  const lines = run('java', [program, patterns, texts]).split('\n')
  const vectors: Vectors = Object.fromEntries(
    CASES.patterns.map((pattern, index) => {
      const verdict = lines[index] ?? ''
      return [pattern, verdict === 'none' ? null : digitsOf(verdict)]
    }),
  )
  writeFileSync(VECTORS, `${JSON.stringify(vectors, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true })
}

/** A line each, as hexadecimal digits of UTF-16: no encoding has halves of characters. */
function write(name: string, lines: readonly string[]): string {
  const file = join(folder, name)
  const hex = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex')
  writeFileSync(file, lines.map((line) => `${hex(line)}\n`).join(''))
  return file
}
