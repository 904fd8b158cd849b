/** The event loops of a process while they start. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { loadConfig } from '../../../src/config/index.ts'
import type { Logger } from '../../../src/log.ts'
import type { Coordinator, LoopTls } from '../../../src/loop/coordinator.ts'
import { EventLoops } from '../../../src/process/event-loops.ts'
import { ListenerCertificates } from '../../../src/process/listener-certificates.ts'
import { createAuthority, createIdentity, type Identity } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'

const LOG = { isLevelEnabled: () => false } as unknown as Logger
const authority = createAuthority('loops-authority')
const before = createIdentity('loops-before', authority, 'IP:127.0.0.1')
const renewed = createIdentity('loops-renewed', authority, 'IP:127.0.0.1')
const [port] = (await freePorts(1)) as [number]

function configOf({ pem }: Identity) {
  const { config, faults } = loadConfig({
    sets: [
      'bootstrap.servers=127.0.0.1:1',
      `listeners=https://127.0.0.1:${port}`,
      `ssl.keystore.location=${pem}`,
      'sluice.http.threads=1',
    ],
  })
  assert.deepEqual(faults, [])
  return config
}

function tlsOf(identity: Identity): LoopTls {
  return new ListenerCertificates(configOf(identity), LOG, async () => {}).options
}

/** The name in the certificate of the listener. */
function subject(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(authority.cert) }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('certificates that are read again while a process starts are those of its listeners', async () => {
  const line = { write() {} }
  const loops = new EventLoops(configOf(before), LOG, {
    coordinator: {} as Coordinator,
    directory: undefined,
    authority: undefined,
    outputs: { requests: line, audit: line, fields: {} },
    accessRules: undefined,
    loads: undefined,
    onFailure: assert.fail,
  })
  const started = loops.start(tlsOf(before))
  await loops.replaceTls(tlsOf(renewed))
  await started
  assert.equal(await subject(), 'loops-renewed')
  await loops.close()
})
