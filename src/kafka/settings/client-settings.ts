/** Selects the operator's settings for a client, without interpreting them. */

import { type Config, type Findings, findKey, type Setting } from '../../config/index.ts'

/** The roles of clients, which are also the prefixes of their settings. */
export type Role = 'producer' | 'consumer' | 'admin'

/** Settings by their names without the prefix. Their texts are trimmed. */
export type ClientSettings = ReadonlyMap<string, Setting>

/** Settings for connections to a cluster. The embedded cluster needs none. */
const CONNECTION_SETTING = /^(?:bootstrap|security|sasl|ssl)\./

/** Returns the settings under `client.` and the role's own prefix, which wins. */
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
      // Some keys of the proxy itself begin with a client's prefix.
      .filter(({ key }) => key.startsWith(prefix) && findKey(key) === undefined)
      .map((setting): [string, Setting] => [
        setting.key.slice(prefix.length),
        { ...setting, text: setting.text.trim() },
      ])
      .filter(([name]) => !isUnused(name))
  )
}
