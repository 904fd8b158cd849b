/** The names that operators use for endpoints in lists, costs and rules: those of Confluent's proxy. */
import { findNearest } from '../config/index.ts'
import { bodyTypeOf } from '../http/head.ts'
import type { AnyRoute, NamedRequest, Resource } from '../http/route.ts'
import { FORMAT_NAMES, findFormat, formatOfType } from './v2/formats.ts'

/** An endpoint with one name. */
export function resource(name: string): Resource {
  return { names: [name], nameOf: () => name }
}

/** An endpoint whose name ends with the format of the records in the request, as in `api.v2.produce-to-topic.json`. */
export function producingResource(beginning: string): Resource {
  return perFormat(beginning, bodyTypeOf)
}

/** An endpoint whose name ends with the format of the records in the response. */
export function readingResource(beginning: string): Resource {
  return perFormat(beginning, ({ accepted }) => accepted?.type ?? '')
}

function perFormat(beginning: string, typeOf: (request: NamedRequest) => string): Resource {
  const byType = new Map(
    FORMAT_NAMES.map((format) => [
      findFormat(format)?.mediaType,
      // The one format whose name has a hyphen here, and none in media types.
      beginning + (format === 'jsonschema' ? 'json-schema' : format),
    ]),
  )
  return {
    names: [...byType.values()],
    nameOf: (request) => byType.get(formatOfType(typeOf(request)).mediaType) as string,
  }
}

/** Whether an endpoint is one of operators, such as probes and metrics, and not of the API: those are all others. */
export function isOfOperators(name: string): boolean {
  return name.startsWith('operations.')
}

/** The one endpoint whose class has another name than itself. */
const PARTITION_OFFSETS = 'api.v3.partitions.list.offsets'

/** `api.v2.topics.*`, which stands for all endpoints of a class. */
export function classOf(name: string): string {
  return name === PARTITION_OFFSETS ? 'api.v3.partition-offsets.*' : name.replace(/[^.]*$/, '*')
}

/** Returns a warning for each name that no route has, nor any class of them. */
export function warningsOfNames(
  key: string,
  names: readonly string[],
  routes: readonly Pick<AnyRoute<never>, 'resource'>[],
): string[] {
  const endpoints = routes.flatMap((route) => route.resource?.names ?? [])
  const known = new Set([...endpoints, ...endpoints.map(classOf)])
  return names
    .filter((name) => !known.has(name))
    .map((name) => {
      const nearest = findNearest(name, [...known])
      const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`
      return `${key}: no endpoint of this process is named ${name}${advice}`
    })
}
