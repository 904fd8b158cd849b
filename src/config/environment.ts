/**
 * Reads settings from environment variables, by the naming rule of Confluent's image. Other variables with the same
 * prefix are recognized: Docker secrets, Kubernetes service links, controls of the image.
 */

import { readFileSync } from 'node:fs'
import type { Findings, Setting } from './findings.ts'
import { findRow, KEYS } from './keys/index.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'KAFKA_REST_'
/** The prefix of options for the JVM, without the second underscore. */
const JVM_PREFIX = 'KAFKAREST_'
const JVM_OPTIONS = 'KAFKAREST_OPTS'
/** The option of the JVM that names a JAAS file; `==` replaces the file of the JVM. A quote may begin before the option. */
const JAAS_OPTION =
  /(?:^|[\s"'])-Djava\.security\.auth\.login\.config==?(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g
const SEPARATORS: Readonly<Record<string, string>> = { ___: '-', __: '_', _: '.' }

/** Variables that Kubernetes sets in every pod for a service whose name begins with `kafka-rest`. */
const SERVICE_LINK = /_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/
const SERVICE_PORT = /_PORT$/
const SERVICE_URL = /^(?:tcp|udp|sctp):\/\//
/** Variables that control Confluent's image and are no settings of its proxy. */
const IMAGE_CONTROL = /^KAFKA_REST_(?:CUB|LOG4J|JMX)_/
/** Kafka's settings that end in `.file` and whose value is a path. */
const PATH_SETTING = /\.sasl\.oauthbearer\.assertion\.(?:private\.key\.|(?:jwt\.)?template\.)?file$/

const ROOT_LOG_LEVEL = `${PREFIX}LOG4J_ROOT_LOGLEVEL`
/** Levels of log4j with another name here. */
const LOG4J_LEVELS: Readonly<Record<string, string>> = { off: 'fatal', all: 'trace' }

/** Returns the name of the environment variable of a key. */
export function environmentName(key: string): string {
  const name = key.replace(/[-_.]/g, (char) => ({ '-': '___', _: '__' })[char] ?? '_')
  return PREFIX + name.toUpperCase()
}

/** Reads the settings. Adds ignored variables and unreadable files to `findings`. */
export function readEnvironment(environment: Environment, findings: Findings): Setting[] {
  const variables = Object.entries(environment).map(([name, text = '']) => ({ name, text }))
  const names = (kind: Kind) =>
    variables.filter((variable) => kindOf(variable) === kind).map(({ name }) => name)

  const serviceLinks = names('service link').join(', ')
  if (serviceLinks !== '') {
    findings.warnings.push(
      `Ignored, as Kubernetes sets them for a service of that name: ${serviceLinks}`,
    )
  }
  const controls = names('control').join(', ')
  if (controls !== '') findings.notes.push(`Ignored: ${controls}`)

  const settings = variables
    .filter((variable) => kindOf(variable) === 'setting')
    .map(({ name, text }) => ({ key: keyOf(name), text, source: name }))
  return [
    ...jaasFile(environment),
    ...rootLogLevel(environment),
    ...withFileContents(settings, findings),
  ]
}

type Kind = 'setting' | 'log level' | 'service link' | 'control' | 'foreign'

interface Variable {
  readonly name: string
  readonly text: string
}

function kindOf({ name, text }: Variable): Kind {
  if (name.startsWith(JVM_PREFIX)) return 'control'
  if (!name.startsWith(PREFIX)) return 'foreign'
  if (name === ROOT_LOG_LEVEL) return 'log level'
  if (SERVICE_LINK.test(name) || (SERVICE_PORT.test(name) && SERVICE_URL.test(text))) {
    return 'service link'
  }
  return IMAGE_CONTROL.test(name) ? 'control' : 'setting'
}

function keyOf(name: string): string {
  const rest = name.slice(PREFIX.length).toLowerCase()
  return rest.replace(/___|__|_/g, (separator) => SEPARATORS[separator] ?? separator)
}

/** The JAAS file of the JVM. Of several options the last one counts, as in Java. */
function jaasFile(environment: Environment): Setting[] {
  const options = [...(environment[JVM_OPTIONS] ?? '').matchAll(JAAS_OPTION)]
  const [, ...quoted] = options.at(-1) ?? []
  const file = quoted.find((text) => text !== undefined)?.replace(/^file:(?:\/\/)?(?=\/)/, '')
  return file ? [{ key: 'sluice.auth.jaas.file', text: file, source: JVM_OPTIONS }] : []
}

function rootLogLevel(environment: Environment): Setting[] {
  const level = environment[ROOT_LOG_LEVEL]?.toLowerCase()
  if (level === undefined) return []
  return [{ key: 'sluice.log.level', text: LOG4J_LEVELS[level] ?? level, source: ROOT_LOG_LEVEL }]
}

/** Replaces `x.file` by `x` with the content of the file, if `x` is a key and `x.file` is not. */
function withFileContents(settings: readonly Setting[], findings: Findings): Setting[] {
  const keys = new Set(settings.map(({ key }) => key))
  return settings.flatMap((setting) => {
    const key = findKeyOfFile(setting.key)
    if (key === undefined) return [setting]
    if (keys.has(key)) {
      findings.fault(setting, `only one of ${environmentName(key)} and ${setting.source}`)
      return []
    }
    const text = readSecret(setting, findings)
    return text === undefined ? [] : [{ key, text, source: `${setting.source}, ${setting.text}` }]
  })
}

function findKeyOfFile(key: string): string | undefined {
  if (!key.endsWith('.file') || KEYS.has(key) || PATH_SETTING.test(key)) return undefined
  const withoutSuffix = key.slice(0, -'.file'.length)
  return findRow(withoutSuffix) === undefined ? undefined : withoutSuffix
}

/** An empty file is a fault: an empty password would turn a protection off. */
function readSecret(setting: Setting, findings: Findings): string | undefined {
  try {
    const text = readFileSync(setting.text, 'utf8').replace(/\r?\n$/, '')
    if (text.trim() !== '') return text
    findings.fault(setting, `a file with a value: ${setting.text} is empty`)
    return undefined
  } catch (error) {
    findings.fault(setting, `a file that can be read: ${(error as Error).message}`)
    return undefined
  }
}
