/** Where the unpacked Apicurio Registry is, fetched with Maven on first use. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const VERSION = '2.6.13.Final'
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`
const UNPACK = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack'
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
  const { error, status, stdout, stderr } = spawnSync(
    'mvn',
    [
      ...['-q', '-B', UNPACK, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${partial}`],
      // Without a project, Maven would leave a folder of that name where it stands.
      `-DmarkersDirectory=${join(partial, '.markers')}`,
    ],
    { encoding: 'utf8', cwd: CACHE },
  )
  if (error || status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    const reason = error ? 'mvn does not start; install maven' : stdout + stderr
    throw new Error(`Apicurio Registry could not be fetched: ${reason}`)
  }
  if (existsSync(folder)) rmSync(partial, { recursive: true })
  else renameSync(partial, folder)
  process.stderr.write('done\n')
}
