/** The name and the attributes of a request's span, by OpenTelemetry's conventions for HTTP and messaging. */
import type { TracedRequest } from '../http/trace.ts'

/** A value of an attribute. */
export type AttributeValue = string | number | boolean

/** Returns the name of a span, which has few values: the method, and the path of the route. */
export function spanNameOf({ method, route }: TracedRequest): string {
  return route === undefined ? method || 'HTTP' : `${method} ${route.path}`
}

/** Returns the attributes of a request that is over. They have nothing of its bodies, and no principal. */
export function attributesOf(
  request: TracedRequest,
  isAborted: boolean,
): Record<string, AttributeValue> {
  const { route, errorName, records, clientAddress } = request
  return {
    'http.request.method': request.method,
    'url.path': request.path,
    'url.scheme': request.scheme,
    'http.response.status_code': request.status,
    'http.request.body.size': request.receivedBytes,
    'http.response.body.size': request.bytes,
    'sluice.request.id': request.id,
    ...(clientAddress === '' ? {} : { 'client.address': clientAddress }),
    ...(route === undefined ? {} : { 'http.route': route.path }),
    ...(errorName === undefined ? {} : { 'error.type': errorName }),
    ...(isAborted ? { 'error.type': 'client_left' } : {}),
    ...(records === undefined ? {} : recordAttributesOf(request, records)),
  }
}

function recordAttributesOf(
  { route, params, failedRecords }: TracedRequest,
  records: number,
): Record<string, AttributeValue> {
  const isOfTopic = route?.path.startsWith('/topics/{') === true
  return {
    'messaging.system': 'kafka',
    'messaging.batch.message_count': records,
    ...(isOfTopic ? { 'messaging.destination.name': params[0] as string } : {}),
    ...(failedRecords === 0 ? {} : { 'sluice.records.failed': failedRecords }),
  }
}
