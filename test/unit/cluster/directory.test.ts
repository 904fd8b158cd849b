/**
 * The instances that a process owns while partitions move: each consumer that is made is closed by somebody, and no instance
 * vanishes that is used. Kafka, the group and the engine are those of the test.
 */
import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { encode } from '../../../src/cluster/description.ts'
import { Directory } from '../../../src/cluster/directory.ts'
import type { Search } from '../../../src/cluster/instance-directory.ts'
import { Member, type MemberEvent } from '../../../src/cluster/member.ts'
import { keyOf } from '../../../src/cluster/partition.ts'
import { Pulse } from '../../../src/cluster/pulse.ts'
import { type ClusterSettings, clusterOf, loadConfig } from '../../../src/config/index.ts'
import type { Admin } from '../../../src/kafka/admin.ts'
import { Consumer } from '../../../src/kafka/consumer.ts'
import type { ConsumerInstances } from '../../../src/kafka/consumer-instances.ts'
import { native } from '../../../src/kafka/native.ts'
import { Producer } from '../../../src/kafka/producer.ts'
import type { Logger } from '../../../src/log.ts'
import { until } from '../../integration/until.ts'

const GROUP = 'g'
const OWN = 'http://own:1'
const OTHER = 'http://other:1'
const CALLER = { principal: undefined, login: undefined }
const CREATOR = { caller: CALLER, call: '' }
const NOTHING: Search = {
  timeoutMs: 60_000,
  caller: CALLER,
  isForwarded: false,
  isRead: false,
  isCommit: false,
  isCommitOfDelivered: false,
  isForwardedRead: false,
  isDeletion: false,
}
const READ: Search = { ...NOTHING, isRead: true }
const COMMIT: Search = { ...NOTHING, isCommit: true }

/** What an answer waits for; nothing by default. */
class Gate {
  #opened: Promise<void> = Promise.resolve()
  #open: () => void = () => {}
  waiting = 0

  close(): void {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
  }

  async pass(): Promise<void> {
    this.waiting++
    await this.#opened
    this.waiting--
  }
}

/** A process that has the only partition of a cluster. */
async function startOwner(t: TestContext, ...sets: string[]) {
  const started = await start(t, ...sets)
  started.tell('assigned', [0])
  started.tell('end', 0)
  return started
}

/** A process of a cluster whose topic has one partition. */
async function start(t: TestContext, ...sets: string[]) {
  const { config } = loadConfig({
    sets: [
      'bootstrap.servers=127.0.0.1:1',
      'sluice.cluster.id=c',
      'sluice.peer.secret=sixteen letters.',
      `sluice.peer.listeners=${OWN}`,
      ...sets,
    ],
  })
  let emit: (event: MemberEvent) => void = () => {}
  /** The consumers of the engine, by their ids. */
  const open = new Set<number>()
  let made = 0
  const written: string[] = []
  const released: number[] = []
  const state = { owner: OWN, hasPaused: false }
  const creation = new Gate()
  const question = new Gate()
  const leaving = new Gate()
  mock.method(Member.prototype, 'join', async (listener: typeof emit) => {
    emit = listener
  })
  mock.method(Member.prototype, 'leave', async () => {})
  mock.method(Member.prototype, 'release', (number: number) => released.push(number))
  mock.method(Pulse.prototype, 'hasPaused', () => state.hasPaused)
  mock.method(Producer.prototype, 'produce', async (...args: unknown[]) => {
    written.push(String(args[3]))
    return { json: '', failed: 0 }
  })
  mock.method(Producer.prototype, 'close', async () => 0)
  mock.method(Consumer.prototype, 'hastenReads', async () => {})
  mock.method(Consumer.prototype, 'close', async function (this: Consumer) {
    await leaving.pass()
    open.delete(this.id)
  })
  mock.method(native, 'listConsumers', () => [...open])
  const consumers = {
    async create() {
      await creation.pass()
      open.add(++made)
    },
    get: () => ({ consumer: new Consumer(made) }),
  } as unknown as ConsumerInstances
  const admin = {
    describeTopic: async () => ({ partitions: [{}] }),
    async describeGroup() {
      await question.pass()
      return [{ client_id: state.owner, partitions: [0] }]
    },
  } as unknown as Admin
  const log = { info() {}, warn() {}, error() {} } as unknown as Logger
  const directory = new Directory(config, clusterOf(config) as ClusterSettings, {
    admin,
    consumersOf: () => consumers,
    ownerOf: () => undefined,
    log,
    onFailure: assert.fail,
  })
  t.after(async () => {
    state.hasPaused = false
    await directory.leave()
    mock.restoreAll()
  })
  await directory.start()
  const tell = (...event: MemberEvent) => emit(event)
  const create = (name: string) =>
    directory.createInstance(GROUP, { name, format: 'binary', autoCommit: false }, CREATOR)
  const use = async (name: string, search: Search) => {
    const owner = await directory.findOwner(GROUP, name, search)
    assert.ok('use' in owner, 'another process owns it')
    return owner.use
  }
  /** Reads records, which the client has not committed then. */
  const read = async (name: string) => directory.endUse(await use(name, READ), 'records')
  /** This process was stopped, and finds its consumers to be stale. */
  const pause = async () => {
    state.hasPaused = true
    await directory.findOwner(GROUP, 'none', NOTHING)
    state.hasPaused = false
  }
  return {
    ...{ directory, state, creation, question, leaving, open, written, released },
    ...{ tell, create, use, read, pause },
  }
}

function textOf(name: string): string {
  return encode({ group: GROUP, name, settings: { format: 'binary' } })
}

test('a commit behind the handover of its instance makes no consumer, and goes to the next owner', async (t) => {
  const { directory, state, open, released, ...own } = await startOwner(t)
  for (const name of ['early', 'late']) {
    await own.create(name)
    await own.read(name)
  }
  const late = await own.use('late', COMMIT)
  await own.pause()
  await until('stale consumers are closed', () => open.size === 0)
  // A request makes the consumer of one of them anew: its handover waits for the commit.
  await directory.endUse(await own.use('late', NOTHING), 'other')
  assert.equal(open.size, 1)
  own.tell('revoked', 1, [0])
  await nextTurn()
  const commit = directory.findOwner(GROUP, 'early', COMMIT)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.equal(open.size, 1)
  assert.deepEqual(released, [])
  state.owner = OTHER
  await directory.onCommitted(late)
  await directory.endUse(late, 'other')
  assert.deepEqual(await commit, { url: OTHER })
  await until('the partition is released', () => released.length === 1)
  assert.equal(open.size, 0)
})

test('a commit that waits for a response while its instance is given up makes no consumer', async (t) => {
  const { directory, state, open, released, ...own } = await startOwner(t)
  await own.create('n')
  const read = await own.use('n', { ...READ, isForwardedRead: true })
  const commit = directory.findOwner(GROUP, 'n', COMMIT)
  await own.pause()
  await until('the stale consumer is closed', () => open.size === 0)
  state.owner = OTHER
  own.tell('revoked', 1, [0])
  await until('the partition is released', () => released.length === 1)
  await directory.endUse(read, 'records')
  assert.deepEqual(await commit, { url: OTHER })
  assert.equal(open.size, 0)
})

test('a partition is released when consumers that were closed before have left their groups', async (t) => {
  const { leaving, open, released, ...own } = await startOwner(t)
  await own.create('n')
  leaving.close()
  await own.pause()
  own.tell('revoked', 1, [0])
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.deepEqual(released, [])
  leaving.open()
  await until('the partition is released', () => released.length === 1)
  assert.equal(open.size, 0)
})

test('no instance is created while its partition is handed over', async (t) => {
  const { directory, open, released, ...own } = await startOwner(t)
  await own.create('n')
  await own.read('n')
  own.tell('revoked', 1, [0])
  await assert.rejects(own.create('another'), { name: 'NO_OWNER' })
  const commit = await own.use('n', COMMIT)
  await directory.onCommitted(commit)
  await directory.endUse(commit, 'other')
  await until('the partition is released', () => released.length === 1)
  assert.equal(open.size, 0)
})

test('an instance that is used while the group is asked about it is not deleted', async (t) => {
  const { directory, question, open, written, ...own } = await startOwner(
    t,
    'consumer.instance.timeout.ms=100',
  )
  await until('no question is under way', () => question.waiting === 0)
  question.close()
  own.tell('record', 0, 0, keyOf(GROUP, 'n'), textOf('n'))
  await until('the instance is unused', () => question.waiting === 1)
  await directory.endUse(await own.use('n', NOTHING), 'other')
  const before = written.length
  question.open()
  await until('the group has answered', () => question.waiting === 0)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.equal(written.length, before)
  assert.equal(open.size, 1)
  await directory.endUse(await own.use('n', NOTHING), 'other')
})

test('an unused instance is deleted when the group confirms its owner', async (t) => {
  const { written, ...own } = await startOwner(t, 'consumer.instance.timeout.ms=100')
  own.tell('record', 0, 0, keyOf(GROUP, 'n'), textOf('n'))
  const deletion = JSON.stringify({ key: keyOf(GROUP, 'n'), value: null, partition: 0 })
  await until('the deletion', () => written.some((text) => text.includes(deletion)))
})

test('a consumer that is being made is closed when another process has changed its instance', async (t) => {
  const { directory, creation, open, ...own } = await startOwner(t)
  own.tell('record', 0, 0, keyOf(GROUP, 'n'), textOf('n'))
  creation.close()
  const used = directory.findOwner(GROUP, 'n', NOTHING)
  await until('the consumer is being made', () => creation.waiting === 1)
  own.tell('record', 0, 1, keyOf(GROUP, 'n'), textOf('n').replace('binary', 'json'))
  creation.open()
  await used
  await until('the consumer is closed', () => open.size === 0)
})

test('names are not drawn for partitions that come or go', async (t) => {
  const { directory, released, ...own } = await startOwner(t)
  const { mock: draws } = mock.method(crypto, 'randomUUID')
  await directory.drawInstanceName(GROUP, 60_000)
  assert.equal(draws.callCount(), 1)
  await own.create('n')
  await own.read('n')
  own.tell('revoked', 1, [0])
  await directory.drawInstanceName(GROUP, 60_000)
  assert.equal(draws.callCount(), 2)
  const commit = await own.use('n', COMMIT)
  await directory.onCommitted(commit)
  await directory.endUse(commit, 'other')
  await until('the partition is released', () => released.length === 1)
})

test('a process for which the group has no partition names an instance without a wait', async (t) => {
  const { directory, tell } = await start(t)
  const drawn = directory.drawInstanceName(GROUP, 60_000)
  let hasName = false
  void drawn.then(() => {
    hasName = true
  })
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.equal(hasName, false, 'it has not joined yet')
  tell('assigned', [])
  await until('the name', () => hasName, 30_000)
})
