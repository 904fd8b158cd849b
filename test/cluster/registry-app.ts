/** Where the unpacked Apicurio Registry is, fetched with Maven on first use. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const VERSION = '2.6.13.Final'
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
const CACHE = join(import.meta.dirname, '../../.cache')

/** The jar to run. Takes seconds on first use; throws when Maven is missing. */
export function registryJar(): string {
  const folder = join(CACHE, `apicurio-registry-${VERSION}`)
  if (!existsSync(folder)) fetch(folder)
  return join(folder, `apicurio-registry-app-${VERSION}-runner.jar`)
}

function fetch(folder: string): void {
  process.stderr.write(`Fetching Apicurio Registry ${VERSION} with Maven (146 MB, once)… `)
  mkdirSync(CACHE, { recursive: true })
  // Test files run in parallel processes: each fetches apart, and the first to finish wins.
  const partial = `${folder}.${process.pid}`
  try {
    run('mvn', ['-q', '-B', COPY, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${partial}`])
    const archive = join(partial, `apicurio-registry-app-${VERSION}-all.tar.gz`)
    run('tar', ['-xzf', archive, '-C', partial])
    rmSync(archive)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  }
  if (existsSync(folder)) rmSync(partial, { recursive: true })
  else renameSync(partial, folder)
  process.stderr.write('done\n')
}

function run(command: string, args: readonly string[]): void {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (!error && status === 0) return
  const reason = error ? `${command} does not start; install it` : stdout + stderr
  throw new Error(`Apicurio Registry could not be fetched: ${reason}`)
}
