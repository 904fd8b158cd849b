/** Makes vectors.json of cases.json with Apache Avro for Java: `tsx test/golden/avro/generate.ts`. Needs Java 17 and Maven. */
import { join } from 'node:path'
import { runGoldenVectors, writeVectors } from '../generator.ts'

const HERE = import.meta.dirname
writeVectors(HERE, runGoldenVectors(HERE, join(HERE, 'cases.json')))
