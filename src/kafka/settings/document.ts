/** Renders the table of client settings as a part of docs/configuration.md. */

import { code, reasonTable } from '../../config/index.ts'
import { CLIENT_DEFAULTS, CONSUMER_DEFAULTS, PRODUCER_DEFAULTS } from './client-defaults.ts'
import { JAVA_SETTINGS, type Translation } from './java-settings.ts'

const DEFAULTS = {
  'all clients': CLIENT_DEFAULTS,
  'the producer': PRODUCER_DEFAULTS,
  'the consumers': CONSUMER_DEFAULTS,
}

/** Returns Markdown that follows the list of prefixes. */
export function documentClientSettings(): string {
  const rows = Object.entries(JAVA_SETTINGS)
  const renamed = rows.flatMap(([name, translation]) => documentUse(name, translation))
  const dropped = rows.flatMap(([name, translation]) =>
    'dropped' in translation ? [[name, translation.dropped] as const] : [],
  )
  const defaults = Object.entries(DEFAULTS).map(([clients, properties]) => {
    const pairs = Object.entries(properties).map(([name, value]) => code(`${name}=${value}`))
    return `* ${clients}: ${pairs.join(', ')}\n`
  })
  return `The clients are librdkafka's. They take its own names
([list](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md)) and those of
Kafka's Java clients. Sluice translates these settings of the Java clients:

| Kafka's Java clients | librdkafka |
|---|---|
${renamed.join('')}
Sluice ignores these settings with a warning:

${reasonTable(dropped, ['settings', 'because'])}
Settings without a value have librdkafka's defaults, with these exceptions. The defaults of the fetch sizes depend on
\`sluice.consumer.prefetch.max.bytes\`. The default of \`max.poll.interval.ms\` depends on
\`consumer.instance.timeout.ms\`. Sluice sets these defaults:

${defaults.join('')}`
}

function documentUse(name: string, translation: Translation): string[] {
  if ('dropped' in translation) return []
  if ('used' in translation) return [`| ${code(name)} | ${translation.used} |\n`]
  const target = translation.to.map(code).join(' and ')
  return [`| ${code(name)} | ${target}${translation.doc ? `: ${translation.doc}` : ''} |\n`]
}
