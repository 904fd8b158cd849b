/**
 * Makes vectors.json of cases.json with the JSON Schema validator of Confluent's REST proxy:
 * `tsx test/golden/formats/generate.ts`. Needs Java 17 and Maven.
 */
import { join } from 'node:path'
import { runGoldenVectors, writeVectors } from '../generator.ts'

const HERE = import.meta.dirname
writeVectors(HERE, runGoldenVectors(HERE, join(HERE, 'cases.json')))
