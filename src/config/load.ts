/**
 * Loads the configuration: a .properties file, overridden by the environment, overridden by the command line. Collects
 * all faults, so that they are reported together.
 */

import { readFileSync } from 'node:fs'
import type { InertKey } from './define.ts'
import { checkTogether } from './dependent-values.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { type Fault, Findings, type Setting } from './findings.ts'
import { findRow, KEYS, PREFIXES, settingsOf, type Values } from './keys/index.ts'
import { findNearest } from './nearest.ts'
import { parseProperties } from './properties-file.ts'
import { masked } from './secrets.ts'

/** The effective value of every supported key, with the original settings. Frozen. */
export interface Config extends Values {
  /** All given keys, known or not, with their last texts. */
  readonly originals: ReadonlyMap<string, Setting>
}

/** The sources of the configuration. All are optional. */
export interface ConfigInputs {
  /** The path of a .properties file. */
  readonly file?: string | undefined
  readonly environment?: Environment
  /** The `key=value` of each `--set`, in their order. */
  readonly sets?: readonly string[]
}

/** A configuration with its faults and warnings. */
export interface LoadedConfig {
  /** Invalid values are replaced by defaults. */
  readonly config: Config
  /** Any fault prevents the start of the process. */
  readonly faults: readonly Fault[]
  /** Lines for the log at level `warn`. */
  readonly warnings: readonly string[]
  /** Lines for the log at level `debug`. */
  readonly notes: readonly string[]
}

/** Loads the configuration. Invalid input does not throw: the result has the faults. */
export function loadConfig({ file, environment = {}, sets = [] }: ConfigInputs): LoadedConfig {
  const findings = new Findings()
  const settings = [
    ...readPropertiesFile(file, findings),
    ...readEnvironment(environment, findings),
    ...readSets(sets, findings),
  ]
  const originals = new Map(settings.map((setting) => [setting.key, setting]))
  for (const setting of originals.values()) reportUnused(setting, findings)
  const values = checkTogether(parseValues(originals, findings), originals, findings)
  const { faults, warnings, notes } = findings
  return { config: Object.freeze({ ...values, originals }), faults, warnings, notes }
}

function readPropertiesFile(file: string | undefined, findings: Findings): Setting[] {
  if (file === undefined) return []
  const settings = new Map<string, Setting>()
  try {
    for (const { key, value, line } of parseProperties(readFileSync(file))) {
      const setting = { key, text: value, source: `${file}:${line}` }
      const earlier = settings.get(key)
      if (earlier) findings.warn(setting, `replaces the value of ${earlier.source}`)
      settings.set(key, setting)
    }
  } catch (error) {
    const expected = `a properties file: ${(error as Error).message}`
    findings.faults.push({ key: file, expected, source: 'command line' })
  }
  return [...settings.values()]
}

function readSets(sets: readonly string[], findings: Findings): Setting[] {
  return sets.flatMap((text) => {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    if (key !== '') return [{ key: key.trim(), text: value, source: '--set' }]
    const given = masked(text, text)
    findings.faults.push({ key: '--set', given, expected: 'key=value', source: 'command line' })
    return []
  })
}

/** Reports a setting without an effect. */
function reportUnused(setting: Setting, findings: Findings): void {
  const row = findRow(setting.key)
  if (row === undefined) findings.warn(setting, describeUnknown(setting.key))
  else if ('reason' in row && !isHarmless(row, setting.text)) reportInert(row, setting, findings)
}

function reportInert(row: InertKey, setting: Setting, findings: Findings): void {
  switch (row.support) {
    case 'ignored':
      findings.warn(setting, `ignored: ${row.reason}`)
      break
    case 'unsupported':
      findings.warn(setting, `not supported yet: ${row.reason}`)
      break
    case 'refused':
      findings.fault(setting, describeRefusal(row))
      break
  }
}

function describeRefusal({ reason, harmless }: InertKey): string {
  const allowed = harmless.find((value) => value !== '') ?? 'no value'
  return `${allowed}: ${reason}, and Sluice does not run without a protection that was asked for`
}

function isHarmless({ harmless }: InertKey, text: string): boolean {
  return harmless.some((value) => value.toLowerCase() === text.trim().toLowerCase())
}

function describeUnknown(key: string): string {
  const prefixed = Object.keys(PREFIXES).map((prefix) => prefix + key.slice(key.indexOf('.') + 1))
  const nearest = findNearest(key, [...KEYS.keys(), ...prefixed])
  return nearest === undefined ? 'unknown key' : `unknown key; did you mean ${nearest}?`
}

function parseValues(originals: ReadonlyMap<string, Setting>, findings: Findings): Values {
  const values: Record<string, unknown> = {}
  for (const [key, row] of KEYS) {
    if (row.support !== 'supported') continue
    const settings = settingsOf(key, originals)
    for (const [index, setting] of settings.slice(1).entries()) {
      findings.warn(setting, `replaces ${settings[index]?.key}`)
    }
    values[key] = findings.tryRead(settings.at(-1), row.parse) ?? row.default
  }
  // The cast is sound: the type Values derives from the rows in KEYS.
  return values as Values
}
