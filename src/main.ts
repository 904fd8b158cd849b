#!/usr/bin/env node
/** The command: arguments, signals, exit codes. */
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { explainAccess } from './api/access-explanation.ts'
import { VERSION } from './api/description.ts'
import { warningsOfEndpointNames } from './api/routes.ts'
import { faultsOfAuthority } from './auth/authority.ts'
import { faultsOfAuthenticator } from './auth/module-gate.ts'
import { hashPassword } from './auth/password-hash.ts'
import {
  type Config,
  describeFault,
  type Fault,
  type LoadedConfig,
  listenersOf,
  loadConfig,
  printConfig,
} from './config/index.ts'
import { loadedLibrdkafka, native } from './kafka/native.ts'
import { checkWithLibrdkafka } from './kafka/settings/client-check.ts'
import { checkClientSettings } from './kafka/settings/client-config.ts'
import { faultsOfCredentials } from './kafka/settings/credentials-file.ts'
import { threadRoom, threadWarning } from './kafka/thread-room.ts'
import { createLog, flushLog, type Logger } from './log.ts'
import { faultsOfAccessRules, parsedAccessRules } from './process/access-rules-file.ts'
import { App } from './process/app.ts'
import { firstSteps } from './process/first-steps.ts'
import { faultsOfListenerStores } from './process/listener-certificates.ts'
import { faultsOfOutputs } from './process/outputs.ts'
import { loadRegistrySettings } from './schema-registry/settings.ts'

const HELP = `Sluice ${VERSION}: Confluent's REST API for Apache Kafka.

Usage: sluice [options] [file.properties]

  --set key=value   set a configuration key; wins over environment and file (repeatable)
  --embedded        run a Kafka cluster in memory, for trying out; nothing is stored
  --check-config    check the configuration and exit: 0 when it is good
  --check-access 'METHOD PATH'
                    explain what sluice.access.rules say about a request, and exit: 0 when it is allowed
  --print-config    print the effective configuration, with sources, and exit
  --hash-password NAME[:ROLE,…]
                    read a password from standard input, and print a line for sluice.auth.users.file
  --version         print the version and exit
  --help            print this and exit

Every key can be set by the environment too: KAFKA_REST_BOOTSTRAP_SERVERS is bootstrap.servers.
All keys: docs/configuration.md.
`

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        set: { type: 'string', multiple: true, default: [] },
        embedded: { type: 'boolean', default: false },
        'check-access': { type: 'string' },
        'check-config': { type: 'boolean', default: false },
        'print-config': { type: 'boolean', default: false },
        'hash-password': { type: 'string' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    console.error(`${(error as Error).message}\nTry --help.`)
    return process.exit(2)
  }
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  if (values.help) process.stdout.write(HELP)
  else if (values.version) console.log(VERSION)
  else if (values['hash-password'] !== undefined) await printUser(values['hash-password'])
  else await runWith(values, positionals[0])
}

/** Prints the line of a user. Its password comes from standard input, because other users see the arguments of a process. */
async function printUser(user: string): Promise<void> {
  const [, name, roles = ''] = /^([^:]+)(:[^:]*)?$/.exec(user) ?? []
  if (name === undefined) throw new Error('Expected --hash-password NAME or NAME:ROLE,ROLE.')
  if (process.stdin.isTTY) process.stderr.write('Password, and Ctrl-D after it: ')
  const password = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (password === '') throw new Error('Expected a password on standard input.')
  console.log(`${name}:${await hashPassword(password)}${roles}`)
}

type Options = ReturnType<typeof readArguments>['values']

async function runWith(options: Options, file: string | undefined): Promise<void> {
  const loaded = loadAll(options, file)
  const { config, faults } = loaded
  if (options['print-config']) process.stdout.write(printConfig(config))
  if (faults.length > 0 || options['print-config']) {
    printFindings(loaded)
    process.exitCode = faults.length > 0 ? 1 : 0
    return
  }
  if (options['check-access'] === undefined) await runLogged(options, loaded)
  else checkAccess(options['check-access'], config)
}

/** Prints the decision about a request. The exit code is 0 if it is allowed. */
function checkAccess(question: string, config: Config): void {
  const { isAllowed, text } = explainAccess(question, parsedAccessRules(config))
  console.log(text)
  process.exitCode = isAllowed ? 0 : 1
}

async function runLogged(
  options: Options,
  { config, warnings, notes }: LoadedConfig,
): Promise<void> {
  const log = createLog({ level: config['sluice.log.level'], format: config['sluice.log.format'] })
  for (const warning of warnings) log.warn(warning)
  for (const note of notes) log.debug(note)
  if (options['check-config']) log.info('the configuration is valid')
  else await runOrTell(config, log)
}

/** Rejects as run() does, when the log is written. */
async function runOrTell(config: Config, log: Logger): Promise<void> {
  try {
    await run(config, log)
  } catch (error) {
    await flushLog(log)
    throw error
  }
}

/** Prints to standard error, because the log does not exist yet. */
function printFindings({ faults, warnings }: LoadedConfig): void {
  for (const warning of warnings) console.error(`warning: ${warning}`)
  for (const fault of faults) console.error(describeFault(fault))
}

/** Loads the configuration with all faults and warnings: the proxy's own, librdkafka's, the registry's. */
function loadAll(options: Options, file: string | undefined): LoadedConfig {
  const sets = options.embedded ? [...options.set, 'sluice.embedded=true'] : options.set
  const { config, faults, warnings, notes } = loadConfig({ file, environment: process.env, sets })
  const clients = checkClientSettings(config)
  const registry = loadRegistrySettings(config)
  return {
    config,
    faults: [
      ...faults,
      ...clients.faults,
      ...checkWithLibrdkafka(config),
      ...faultsOfCredentials(config),
      ...registry.faults,
      // With faults in the keys themselves it is not clear which files are meant.
      ...(faults.length > 0 ? [] : faultsOfFiles(config)),
    ],
    warnings: [
      ...warnings,
      ...clients.warnings,
      ...registry.warnings,
      ...warningsOfEndpointNames(config),
    ],
    notes,
  }
}

function faultsOfFiles(config: Config): readonly Fault[] {
  return [
    ...faultsOfListenerStores(config),
    ...faultsOfAuthority(config),
    ...faultsOfAuthenticator(config),
    ...faultsOfAccessRules(config),
    ...faultsOfOutputs(config),
  ]
}

async function run(config: Config, log: Logger): Promise<void> {
  const { version: librdkafka, ...build } = loadedLibrdkafka()
  log.info({ version: VERSION, node: process.version, librdkafka, ...build }, 'starting')
  const warning = threadWarning(
    config['sluice.consumer.instances.max'],
    config['bootstrap.servers'].length,
    threadRoom(),
  )
  if (warning) log.warn(warning)
  const app = new App(withCluster(config, log), log, (error) => {
    log.fatal({ err: error }, 'a part of the process has failed: finishing the running requests')
    end(app, log, 1)
  })
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the process has failed: finishing the running requests')
    end(app, log, 1)
  })
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping: finishing the running requests')
    // A second signal ends the process at once.
    for (const each of SIGNALS) process.once(each, () => process.exit(1))
    end(app, log, 0)
  }
  for (const signal of SIGNALS) process.once(signal, onSignal)
  // Otherwise SIGHUP ends the process with its terminal.
  if (app.isReloadable) process.on('SIGHUP', () => void app.reload('SIGHUP'))
  watchNpm(() => process.emit('SIGTERM'))
  const ports = await started(app)
  const [port] = ports
  if (port === undefined) return
  const adminPorts = ports.slice(listenersOf(config).length)
  log.info({ port, ...(adminPorts.length > 0 && { adminPorts }) }, 'listening')
  if (config['sluice.embedded']) process.stdout.write(firstSteps(config, port))
}

/** Starts the process and returns its ports; none when a signal has ended the start. */
async function started(app: App): Promise<number[]> {
  try {
    return await app.start()
  } catch (error) {
    if (exitCode === undefined) throw error
    return []
  }
}

/**
 * Calls `onEnd` when the shell ends through which npm or npx started this process. npm and npx send signals to the shell
 * only, and the shell ends without forwarding them.
 */
function watchNpm(onEnd: () => void): void {
  if (process.env['npm_command'] === undefined) return
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return
    clearInterval(timer)
    onEnd()
  }, PARENT_CHECK_MS).unref()
}

/** The exit code of a process that stops. A failure while it stops changes it. */
let exitCode: number | undefined

/** Stops the process, once, and ends it with the exit code. */
function end(app: App, log: Logger, code: number): void {
  const isStopping = exitCode !== undefined
  exitCode = Math.max(exitCode ?? 0, code)
  if (!isStopping) void stop(app, log).then(() => process.exit(exitCode))
}

async function stop(app: App, log: Logger): Promise<void> {
  try {
    await app.stop()
    log.info('stopped')
  } catch (error) {
    log.fatal({ err: error }, 'the stop failed')
    exitCode = 1
  } finally {
    await flushLog(log)
  }
}

const PARENT_CHECK_MS = 200
/** Read at the start, because a signal may end the shell before this process listens. */
const PARENT = process.ppid
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Starts the embedded cluster if it is enabled, and returns the configuration with its brokers. */
function withCluster(config: Config, log: Logger): Config {
  if (!config['sluice.embedded']) return config
  const bootstrap = native.startEmbeddedCluster(1)
  log.warn(
    { bootstrap },
    'embedded Kafka cluster: records are kept in memory and are gone when this process ends',
  )
  return { ...config, 'bootstrap.servers': bootstrap.split(',') }
}

try {
  await main()
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
