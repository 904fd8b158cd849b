/** A mutant for each supported key of the configuration: its default holds, whatever is set. */
import { KEYS } from '../../src/config/index.ts'
import { KEY_TESTS } from './key-tests.ts'
import { type Mutant, replacing } from './mutant.ts'

const FILE = 'src/config/load.ts'
const READ = 'findings.tryRead(settings.at(-1), row.parse) ?? row.default'

/** One for each supported key. */
export const IGNORED_KEYS: readonly Mutant[] = [...KEYS]
  .filter(([, row]) => row.support === 'supported')
  .map(([key]) => {
    const name = `${key} is ignored`
    const [from, to] = [
      `values[key] = ${READ}`,
      `values[key] = key === '${key}' ? row.default : ${READ}`,
    ]
    return {
      name,
      file: FILE,
      change: replacing(name, FILE, from, to),
      tests: KEY_TESTS[key] ?? [],
    }
  })
