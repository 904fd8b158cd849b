/** The list of all files that are derived from tables in the code. Add a row for each new one. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { renderBenchmarks, renderBenchmarksChart } from '../bench/report.ts'
import { openApi } from '../src/api/description.ts'
import { documentConfig } from '../src/config/index.ts'
import { documentClientSettings } from '../src/kafka/settings/document.ts'
import { renderClusterScale } from './document-cluster-scale.ts'
import { renderConformance } from './document-conformance.ts'
import { renderErrors } from './document-errors.ts'
import { renderMetrics } from './document-metrics.ts'
import { renderProduction } from './document-production.ts'
import { renderReliability } from './document-reliability.ts'
import { renderKafkaErrors } from './kafka-errors.ts'
import { renderLibrdkafkaProperties } from './librdkafka-properties.ts'
import { renderThirdParty } from './third-party.ts'

/** A committed file that a function of the code can write again. */
export interface DerivedFile {
  /** Relative to the root of the repository. */
  readonly path: string
  /** The text that the file should have. */
  render(): string
}

/** All derived files. */
export const DERIVED_FILES: readonly DerivedFile[] = [
  { path: 'THIRD-PARTY.txt', render: renderThirdParty },
  { path: 'api/openapi.json', render: () => `${openApi()}\n` },
  { path: 'docs/benchmarks.md', render: renderBenchmarks },
  { path: 'docs/benchmarks.svg', render: renderBenchmarksChart },
  { path: 'docs/cluster-scale.md', render: renderClusterScale },
  { path: 'docs/conformance.md', render: renderConformance },
  { path: 'docs/configuration.md', render: () => documentConfig(documentClientSettings()) },
  { path: 'docs/errors.md', render: renderErrors },
  { path: 'docs/metrics.md', render: renderMetrics },
  { path: 'docs/production.md', render: renderProduction },
  { path: 'docs/reliability.md', render: renderReliability },
  { path: 'src/kafka/kafka-errors.ts', render: renderKafkaErrors },
  { path: 'src/kafka/settings/librdkafka-properties.ts', render: renderLibrdkafkaProperties },
]

const ROOT = new URL('../', import.meta.url)

/** The derived files whose text on disk isn't what the code says; a missing file is one of them. */
export function findStaleFiles(): DerivedFile[] {
  return DERIVED_FILES.filter(({ path, render }) => {
    const url = new URL(path, ROOT)
    return !existsSync(url) || readFileSync(url, 'utf8') !== render()
  })
}

/** Writes the text that the file should have. */
export function writeDerivedFile({ path, render }: DerivedFile): void {
  mkdirSync(new URL('.', new URL(path, ROOT)), { recursive: true })
  writeFileSync(new URL(path, ROOT), render())
}
