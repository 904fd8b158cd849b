/** The description of the API, and the version of this package. */
import { readFileSync } from 'node:fs'
import { openApiOf, type Security } from '../http/openapi.ts'
import { ROUTES } from './routes.ts'
import { V2Error } from './v2/dialect.ts'

/** The version in package.json. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version

/** Renders the OpenAPI document in JSON. All its paths begin with `basePath`; `security` is undefined without credentials. */
export function openApi(basePath = '', routes = ROUTES, security?: Security): string {
  const info = {
    title: 'Sluice',
    version: VERSION,
    description: "Confluent's REST API for Apache Kafka.",
  }
  return JSON.stringify(openApiOf(routes, V2Error, info, basePath, security), null, 2)
}
