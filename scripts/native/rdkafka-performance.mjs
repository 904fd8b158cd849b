/** Builds librdkafka's own benchmark on Sluice's librdkafka, for the benchmarks that compare with it. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { cached, hashOf } from './build-cache.mjs'
import { compile } from './compile.mjs'
import { buildLibrdkafka, configureLibrdkafka, LIBRARY, patchedLibrdkafka } from './librdkafka.mjs'

const PROGRAM = 'rdkafka_performance'

/** The path of the program. */
export async function buildPerformance() {
  const { files, hash } = patchedLibrdkafka()
  const librdkafka = await buildLibrdkafka()
  const built = await cached(PROGRAM, hashOf([hash, PROGRAM]), async (output, work) => {
    await configureLibrdkafka(files, work)
    cpSync(join(librdkafka, LIBRARY), join(output, LIBRARY))
    const program = join(output, PROGRAM)
    const flags = ['-O2', '-w', '-I', 'src', '-Wl,-rpath,$ORIGIN', '-o', program]
    const sources = [`examples/${PROGRAM}.c`, join(output, LIBRARY), '-lz', '-lm', '-lpthread']
    await compile(PROGRAM, 0, process.env.CC || 'gcc', [...flags, ...sources], { cwd: work })
  })
  return join(built, PROGRAM)
}
