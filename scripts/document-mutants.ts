/** The part of docs/reliability.md about mistakes in the sources that tests have to notice. */
import { IGNORED_KEYS } from '../test/mutation/ignored-keys.ts'
import { MISTAKES } from '../test/mutation/mistakes/index.ts'
import { type Group, type Result, readResults } from '../test/mutation/results.ts'

const INTRODUCTION = `\`npm run mutants\` makes one change (a mutant) at a time in a copy of the sources, and runs the tests that cover
it until a test fails that passes without the change. The results are in
[results.json](../test/mutation/results.json), with the failed test of each mutant.

* **By hand**: plausible mistakes in \`src/kafka\`, \`src/http\` and \`src/api\`. **Keys**: for each supported key a mutant that ignores it.
* **By machine**: a sample of all mutants that operators generate from the syntax tree of the same folders (conditions negated,
  boundaries moved, statements and awaits omitted, numbers, errors and branches exchanged) and that compile.
  \`npm run mutants -- --sample 60 --seed 1\` repeats it.

The column **Run** counts the mutants with a verdict: a test of the mutant failed, or all its tests passed, including tests with Kafka.`

/** The text below the heading. */
export function renderMutants(): string[] {
  const results = readResults()
  const groups: [title: string, group: Group, size: number | undefined][] = [
    ['By hand', 'mistakes', MISTAKES.length],
    ['Keys', 'keys', IGNORED_KEYS.length],
    ['By machine', 'sample', undefined],
  ]
  const rows = groups.map(([title, group, size]) => {
    const outcomes = Object.values(results[group])
    const noticed = outcomes.filter((result) => 'by' in result)
    const cells = [size ?? outcomes.length, outcomes.length, noticed.length]
    return `| ${[title, ...cells, outcomes.length - noticed.length].join(' | ')} |`
  })
  const table = [
    '| List | Mutants | Run | Noticed | Survived |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ]
  const survivors = groups.flatMap(([, group]) => Object.entries(results[group]).flatMap(rowOf))
  return [INTRODUCTION, table.join('\n'), ...(survivors.length > 0 ? [survivors.join('\n')] : [])]
}

function rowOf([name, result]: [string, Result]): string[] {
  if ('by' in result) return []
  return [`* \`${name.replaceAll('`', "'")}\` survived: ${result.survived}`]
}
