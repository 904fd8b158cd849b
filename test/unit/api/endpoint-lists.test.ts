/** Which endpoints `api.endpoints.allowlist` leaves, and which ones take permits of `rate.limit.…`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndpointLists } from '../../../src/api/endpoint-lists.ts'
import { LimitedAdmission } from '../../../src/api/limited-admission.ts'
import { ROUTES } from '../../../src/api/routes.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { ProcessLimits } from '../../../src/limits/process-limits.ts'

function configOf(...sets: string[]) {
  return loadConfig({ sets: ['bootstrap.servers=k:9092', ...sets] }).config
}

/** The names of endpoints, without those of operators. */
function namesIn(routes: typeof ROUTES): string[] {
  const names = routes.flatMap(({ resource }) => resource?.names ?? [])
  return names.filter((name) => !name.startsWith('operations.'))
}

test('an allow list of one endpoint leaves no other one of the API, whoever has named it', () => {
  const lists = EndpointLists.of(configOf('api.endpoints.allowlist=api.v2.brokers.list'))
  assert.ok(lists)
  assert.deepEqual(namesIn(lists.served(ROUTES)), ['api.v2.brokers.list'])
})

test('an allow list serves the endpoints of Sluice that it names', () => {
  const lists = EndpointLists.of(configOf('api.endpoints.allowlist=sluice.v3.log-dirs.*'))
  assert.ok(lists)
  const served = namesIn(lists.served(ROUTES))
  assert.deepEqual(served.sort(), ['sluice.v3.log-dirs.list', 'sluice.v3.log-dirs.replicas'])
})

test('each endpoint of the API takes permits, except those that write records of v3', () => {
  const config = configOf('rate.limit.enable=true', 'rate.limit.permits.per.sec=1')
  const isUnlimited = (route: (typeof ROUTES)[number]) => {
    const admission = new LimitedAdmission(new ProcessLimits(config))
    const exchange = { route, params: ['', '', '', ''], contentType: '', accepted: undefined }
    try {
      for (let count = 0; count < 10; count++) void admission.admit(exchange as never)
      return true
    } catch {
      return false
    }
  }
  const ofApi = ROUTES.filter((route) => namesIn([route]).length > 0)
  assert.deepEqual(namesIn(ofApi.filter(isUnlimited)).sort(), [
    'api.v3.batch-produce.produce-to-topic',
    'api.v3.produce.produce-to-topic',
  ])
})
