/** Settings, with the faults and warnings about them. */

import { ValueFault } from './define.ts'
import { masked } from './secrets.ts'

/** A setting in its original spelling. */
export interface Setting {
  readonly key: string
  readonly text: string
  /** A file with its line, the name of an environment variable, or `--set`. */
  readonly source: string
}

/** A fault, which prevents the start. */
export interface Fault {
  readonly key: string
  /** The value with its secrets masked; absent for a missing setting. */
  readonly given?: string
  /** The valid values; completes "expected …". */
  readonly expected: string
  readonly source: string
}

/** Collects faults and warnings, so that they are reported together. */
export class Findings {
  readonly faults: Fault[] = []
  /** Lines for the operator. */
  readonly warnings: string[] = []
  /** Lines for debugging. */
  readonly notes: string[] = []

  /** Adds a fault: the value of the setting is invalid. */
  fault({ key, text, source }: Setting, expected: string): void {
    this.faults.push({ key, given: masked(key, text), expected, source })
  }

  /** The same for a key that may have no setting. */
  faultAt(setting: Setting | undefined, key: string, expected: string): void {
    if (setting) this.fault(setting, expected)
    else this.faults.push({ key, expected, source: 'not set' })
  }

  /** Adds a warning: the setting has another effect than the operator may expect. */
  warn({ key, source }: Setting, what: string): void {
    this.warnings.push(`${key} (${source}): ${what}`)
  }

  /**
   * Parses a setting with `read`. Returns `undefined` for an absent setting, and when `read` throws a `ValueFault`, which
   * becomes a fault.
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

/** Describes a fault in one line. */
export function describeFault({ key, given, expected, source }: Fault): string {
  const value = given === undefined ? '' : ` = "${given}"`
  return `${key}${value} (${source}): expected ${expected}`
}
