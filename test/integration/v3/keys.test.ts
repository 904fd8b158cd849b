/** Keys that decide on where the v3 API is, and on the names of its resources. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startProxy } from '../proxy.ts'
import { setTheStage } from '../stage.ts'

const stage = await setTheStage({
  'sluice.v3.alias': '/cloud',
  'confluent.resource.name.authority': '/acme/',
})
const without = await startProxy(stage.kafka.bootstrapServers, { 'api.v3.enable': 'false' })
after(() => without.stop())

const statusOf = async (base: string, path: string) => (await fetch(`${base}${path}`)).status

test('the alias is the only other beginning of the paths', async () => {
  assert.equal(await statusOf(stage.url, '/v3/clusters'), 200)
  assert.equal(await statusOf(stage.url, '/cloud/v3/clusters'), 200)
  assert.equal(await statusOf(stage.url, '/kafka/v3/clusters'), 404)
  assert.equal(await statusOf(stage.url, '/cloud/topics'), 404)
})

test('resource names have the authority without its slashes', async () => {
  const { data } = (await (await fetch(`${stage.url}/v3/clusters`)).json()) as {
    data: { cluster_id: string; metadata: { resource_name: string } }[]
  }
  assert.equal(data[0]?.metadata.resource_name, `crn://acme/kafka=${data[0]?.cluster_id}`)
})

test('an API that is switched off is not there', async () => {
  assert.equal(await statusOf(without.url, '/v3/clusters'), 404)
  assert.equal(await statusOf(without.url, '/kafka/v3/clusters'), 404)
  assert.equal(await statusOf(without.url, '/topics'), 200)
})
