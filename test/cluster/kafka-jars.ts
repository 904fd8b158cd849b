/** Where the jars of the Kafka named in pom.xml are, fetched with Maven on first use. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const POM = join(import.meta.dirname, 'pom.xml')
const CACHE = join(import.meta.dirname, '../../.cache')

/** The version of Apache Kafka in pom.xml, such as `4.1.1`. */
export const KAFKA_VERSION = kafkaVersion()

/** The class path of Kafka. Takes seconds on first use; throws when Java or Maven is missing. */
export function kafkaClassPath(): string {
  const folder = join(CACHE, `kafka-${KAFKA_VERSION}`)
  if (!existsSync(folder)) fetchJars(folder)
  return join(folder, '*')
}

function fetchJars(folder: string): void {
  const started = Date.now()
  process.stderr.write(`Fetching Apache Kafka ${KAFKA_VERSION} with Maven (54 MB, once)… `)
  mkdirSync(CACHE, { recursive: true })
  // Test files run in parallel processes: each fetches apart, and the first to finish wins.
  const partial = `${folder}.${process.pid}`
  const { error, status, stdout, stderr } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`],
    { encoding: 'utf8' },
  )
  if (error || status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    const reason = error ? 'mvn does not start; install maven' : stdout + stderr
    throw new Error(`Kafka's jars could not be fetched: ${reason}`)
  }
  if (existsSync(folder)) rmSync(partial, { recursive: true })
  else renameSync(partial, folder)
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

function kafkaVersion(): string {
  const match = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)/.exec(
    readFileSync(POM, 'utf8'),
  )
  if (!match?.[1]) throw new Error(`${POM} names no version of kafka_2.13.`)
  return match[1]
}
