/** What there is to say about settings: what each is, what is wrong with it, how that is told. */

import { ValueFault } from './define.ts'
import { masked } from './secrets.ts'

/** One key as it was literally given. */
export interface Setting {
  readonly key: string
  readonly text: string
  /** A file with its line, the name of an environment variable, or `--set`. */
  readonly source: string
}

/** Why the process must not start. */
export interface Fault {
  readonly key: string
  /** The value as it may be shown; absent when there is none. */
  readonly given?: string
  /** What would be right: completes "expected …". */
  readonly expected: string
  readonly source: string
}

/** Collects what is found, so that all of it can be reported together. */
export class Findings {
  readonly faults: Fault[] = []
  /** For the operator to read. */
  readonly warnings: string[] = []
  /** For debugging only. */
  readonly notes: string[] = []

  /** The setting's value isn't what was expected. */
  fault({ key, text, source }: Setting, expected: string): void {
    this.faults.push({ key, given: masked(key, text), expected, source })
  }

  /** The setting is accepted, but not as its author may think. */
  warn({ key, source }: Setting, what: string): void {
    this.warnings.push(`${key} (${source}): ${what}`)
  }

  /**
   * What `read` makes of the setting's text. `undefined` when there is no setting, or when `read`
   * throws a `ValueFault`, which is collected.
   */
  tryRead<T>(setting: Setting | undefined, read: (text: string) => T): T | undefined {
    if (setting === undefined) return undefined
    try {
      return read(setting.text)
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      this.fault(setting, error.message)
      return undefined
    }
  }
}

/** The fault as one line of text. */
export function describeFault({ key, given, expected, source }: Fault): string {
  const value = given === undefined ? '' : ` = "${given}"`
  return `${key}${value} (${source}): expected ${expected}`
}
