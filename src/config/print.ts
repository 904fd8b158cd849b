/** Renders the configuration for `--print-config`. */

import { findRow, findSetting, parseListenerKey } from './keys/index.ts'
import type { Config } from './load.ts'
import { formatProperty } from './properties-file.ts'
import { masked } from './secrets.ts'

/**
 * Renders the effective values of all supported keys and the settings of Kafka's clients and of single listeners as a sorted .properties file.
 * A comment above each pair names its source. Secrets are masked.
 */
export function printConfig({ originals, ...values }: Config): string {
  const texts = new Map(Object.entries(values).map(([key, value]) => [key, String(value)]))
  for (const { key, text } of originals.values()) {
    const support = findRow(key)?.support
    const isOfListener = support === 'supported' && parseListenerKey(key) !== undefined
    if (support === 'forwarded' || isOfListener) texts.set(key, text)
  }
  const pairs = [...texts].sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs
    .map(([key, text]) => {
      const source = findSetting(key, originals)?.source ?? 'default'
      return `# ${source}\n${formatProperty(key, masked(key, text))}\n`
    })
    .join('')
}
