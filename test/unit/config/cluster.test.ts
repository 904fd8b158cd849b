/** The settings of a cluster of processes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterOf, loadConfig } from '../../../src/config/index.ts'

const SECRET = 'sluice.peer.secret=sixteen letters.'
const CLUSTER = ['bootstrap.servers=k:9092', 'sluice.cluster.id=c', SECRET]

function faultsOf(...sets: string[]): string[] {
  return loadConfig({ sets }).faults.map(({ key, expected }) => `${key}: ${expected}`)
}

test('a cluster needs a listener for its processes, and a secret', () => {
  assert.deepEqual(faultsOf('bootstrap.servers=k:9092', 'sluice.cluster.id=c'), [
    'sluice.peer.listeners: an address for the other processes, because of sluice.cluster.id',
    'sluice.peer.secret: a secret of at least 16 characters, because of sluice.cluster.id',
  ])
  const listener = 'sluice.peer.listeners=http://10.0.0.1:8083'
  assert.deepEqual(faultsOf(...CLUSTER, listener), [])
  assert.match(
    faultsOf(...CLUSTER, listener, 'sluice.peer.secret=short')[0] ?? '',
    /^sluice.peer.secret/,
  )
  assert.match(
    faultsOf(...CLUSTER, listener, 'sluice.cluster.id=a b')[0] ?? '',
    /^sluice.cluster.id/,
  )
})

test('the address for other processes is the first listener, or the one that is advertised', () => {
  const urlOf = (...sets: string[]) =>
    clusterOf(loadConfig({ sets: [...CLUSTER, ...sets] }).config)?.url
  assert.equal(urlOf('sluice.peer.listeners=http://Node-1:8083'), 'http://node-1:8083')
  const any = 'sluice.peer.listeners=http://0.0.0.0:8083'
  assert.equal(urlOf(any, 'sluice.peer.advertised.listener=http://n:1'), 'http://n:1')
  assert.deepEqual(faultsOf(...CLUSTER, any), [
    'sluice.peer.advertised.listener: an address at which other processes reach this one, which 0.0.0.0 is not',
  ])
  const port = faultsOf(...CLUSTER, 'sluice.peer.listeners=http://n:0')
  assert.match(port[0] ?? '', /a port other than 0/)
  for (const listener of ['tcp://n:1', 'n:1', 'http://n:1/path']) {
    const other = faultsOf(...CLUSTER, `sluice.peer.listeners=${listener}`)
    assert.match(other[0] ?? '', /http:\/\/host:port or https:\/\/host:port, without a path/)
  }
})

test('a redirection needs a URL for clients', () => {
  const sets = [...CLUSTER, 'sluice.peer.listeners=http://n:1', 'sluice.peer.mode=redirect']
  assert.match(faultsOf(...sets)[0] ?? '', /^advertised.listeners: the URL of this process/)
  assert.deepEqual(faultsOf(...sets, 'advertised.listeners=http://n:1'), [])
})

test('a process without a cluster has no settings of one', () => {
  assert.equal(clusterOf(loadConfig({ sets: ['bootstrap.servers=k:9092'] }).config), undefined)
})
