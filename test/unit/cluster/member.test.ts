/** The properties of a process in the group of its cluster. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupProperties } from '../../../src/cluster/member.ts'
import { type ClusterSettings, clusterOf, loadConfig } from '../../../src/config/index.ts'
import { memberProperties } from '../../../src/kafka/settings/cluster-clients.ts'

function propertiesWith(...sets: string[]): ReadonlyMap<string, string> {
  const { config } = loadConfig({
    sets: [
      'bootstrap.servers=k:9092',
      'sluice.cluster.id=c',
      'sluice.peer.secret=sixteen letters.',
      'sluice.peer.listeners=http://n:1',
      ...sets,
    ],
  })
  const settings = clusterOf(config) as ClusterSettings
  return new Map(memberProperties(config, groupProperties(settings)).properties)
}

test('a session has ten heartbeats', () => {
  const properties = propertiesWith('sluice.peer.session.timeout.ms=20000')
  assert.equal(properties.get('session.timeout.ms'), '20000')
  assert.equal(properties.get('heartbeat.interval.ms'), '2000')
})

test("the operator's settings of consumers apply to connections, not to the group", () => {
  const properties = propertiesWith(
    'consumer.session.timeout.ms=7000',
    'consumer.partition.assignment.strategy=range',
    'consumer.socket.timeout.ms=12345',
    'client.security.protocol=SASL_PLAINTEXT',
  )
  assert.equal(properties.get('session.timeout.ms'), '10000')
  assert.equal(properties.get('partition.assignment.strategy'), 'cooperative-sticky')
  assert.equal(properties.get('socket.timeout.ms'), '12345')
  assert.equal(properties.get('security.protocol'), 'SASL_PLAINTEXT')
  assert.equal(properties.get('client.id'), 'http://n:1')
})
