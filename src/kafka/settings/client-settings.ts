/** The settings that the operator gave for one kind of client. What they mean isn't known here. */

import { type Config, type Findings, findKey, type Setting } from '../../config/index.ts'

/** The kinds of clients, which are also the prefixes of their settings. */
export type Role = 'producer' | 'consumer' | 'admin'

/** Settings by their names without the prefix, their texts without white space around. */
export type ClientSettings = ReadonlyMap<string, Setting>

/** What only a cluster can need that the embedded one stands in for. */
const CONNECTION_SETTING = /^(?:bootstrap|security|sasl|ssl)\./

/** What stands below `client.`, replaced by what stands below the role's own prefix. */
export function settingsOf(role: Role, config: Config, findings: Findings): ClientSettings {
  const settings = new Map<string, Setting>()
  for (const prefix of ['client.', `${role}.`]) {
    for (const [name, setting] of settingsBelow(prefix, config)) {
      const earlier = settings.get(name)
      if (earlier) findings.warn(setting, `replaces ${earlier.key}`)
      settings.set(name, setting)
    }
  }
  return settings
}

function settingsBelow(prefix: string, config: Config): [string, Setting][] {
  const isUnused = config['sluice.embedded']
    ? (name: string) => CONNECTION_SETTING.test(name)
    : () => false
  return (
    [...config.originals.values()]
      // Some keys of the proxy itself start like a client's, or may stand below its prefix.
      .filter(({ key }) => key.startsWith(prefix) && findKey(key) === undefined)
      .map((setting): [string, Setting] => [
        setting.key.slice(prefix.length),
        { ...setting, text: setting.text.trim() },
      ])
      .filter(([name]) => !isUnused(name))
  )
}
