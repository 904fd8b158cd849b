/** Checks and defaults that depend on more than one key. */

import { checkAuthentication } from './authentication.ts'
import { faultsOfCluster } from './cluster.ts'
import { long } from './define.ts'
import type { Findings, Setting } from './findings.ts'
import { checkIdentity } from './identity.ts'
import type { Values } from './keys/index.ts'
import { checkListenerTls } from './listener-tls.ts'
import { adminListenersOf, advertisedListenersOf, listenersOf, protocolsOf } from './listeners.ts'
import { checkPeerTls } from './peer-tls.ts'
import { checkProxyProtocol } from './proxy-protocol.ts'

type Originals = ReadonlyMap<string, Setting>

/** Kafka's key, which operators set under the prefixes of clients. */
const BUFFER_MEMORY = long({
  default: 33554432,
  min: 0,
  importance: 'high',
  doc: 'What the producer of Kafka may buffer, in bytes.',
})

/** Returns `values` with the defaults that depend on other keys. Adds conflicts to `findings`. */
export function checkTogether(values: Values, originals: Originals, findings: Findings): Values {
  checkBootstrapServers(values, originals, findings)
  const effective: Values = {
    ...values,
    listeners: effectiveListeners(values),
    'sluice.request.arriving.max.bytes': effectiveArriving(values, originals, findings),
    'sluice.produce.inflight.max.bytes': effectiveInflight(values, originals, findings),
  }
  checkListeners(effective, originals, findings)
  checkCluster(effective, originals, findings)
  checkCertificateHeader(effective, originals, findings)
  checkForwardedHeaders(effective, originals, findings)
  checkIdentity(effective, originals, findings)
  return effective
}

function checkBootstrapServers(values: Values, originals: Originals, findings: Findings): void {
  const key = 'bootstrap.servers'
  const setting = originals.get(key)
  const isBlank = setting === undefined || setting.text.trim() === ''
  if (values['sluice.embedded']) {
    if (!isBlank) findings.warn(setting, 'not used: sluice.embedded serves a cluster of its own')
  } else if (isBlank) {
    findings.faults.push({
      key,
      expected: 'host:port of a broker; to try Sluice without Kafka, start it with --embedded',
      source: setting?.source ?? 'not set',
    })
  }
}

function effectiveListeners({ listeners, port }: Values): readonly string[] {
  return listeners.length > 0 ? listeners : Object.freeze([`http://0.0.0.0:${port}`])
}

function checkListeners(values: Values, originals: Originals, findings: Findings): void {
  const protocolMap = originals.get('listener.protocol.map')
  // An invalid map would make every named listener another fault.
  if (!protocolMap || findings.tryRead(protocolMap, () => protocolsOf(values))) {
    const faultsBefore = findings.faults.length
    findings.tryRead(originals.get('listeners'), () => listenersOf(values))
    findings.tryRead(originals.get('sluice.admin.listeners'), () => adminListenersOf(values))
    if (findings.faults.length === faultsBefore) checkListenerTls(values, originals, findings)
    // A listener's own value that is invalid would make others look wrong.
    if (findings.faults.length === faultsBefore) checkAuthentication(values, originals, findings)
    if (findings.faults.length === faultsBefore) checkProxyProtocol(values, originals, findings)
  }
  findings.tryRead(originals.get('advertised.listeners'), () => advertisedListenersOf(values))
}

function checkCluster(values: Values, originals: Originals, findings: Findings): void {
  const faults = faultsOfCluster(values)
  for (const { key, expected } of faults) {
    findings.faultAt(originals.get(key), key, expected)
  }
  if (faults.length === 0) checkPeerTls(values, originals, findings)
}

function checkCertificateHeader(values: Values, originals: Originals, findings: Findings): void {
  const key = 'sluice.trusted.proxies.certificate.header'
  const setting = originals.get(key)
  if (setting && values[key] !== '' && values['sluice.trusted.proxies'].length === 0) {
    findings.fault(setting, 'also sluice.trusted.proxies: the header of nobody else is believed')
  }
}

function checkForwardedHeaders(values: Values, originals: Originals, findings: Findings): void {
  const key = 'network.forwarded.request.customizer.enable'
  if (values[key] && values['sluice.trusted.proxies'].length === 0) {
    findings.faultAt(
      originals.get(key),
      key,
      'also sluice.trusted.proxies with the addresses of the proxies: the headers of everybody else could name any client',
    )
  }
}

function effectiveArriving(values: Values, originals: Originals, findings: Findings): number {
  const key = 'sluice.request.arriving.max.bytes'
  const requestMaxBytes = values['sluice.request.max.bytes']
  if (values[key] === -1) return 2 * requestMaxBytes
  checkHoldsRequest(key, values, originals, findings)
  return values[key]
}

function effectiveInflight(values: Values, originals: Originals, findings: Findings): number {
  const key = 'sluice.produce.inflight.max.bytes'
  const given = values[key]
  const requestMaxBytes = values['sluice.request.max.bytes']
  if (given === -1) return Math.max(bufferMemory(originals, findings), requestMaxBytes)
  checkHoldsRequest(key, values, originals, findings)
  return given
}

/** Checks that a process-wide limit is not below the limit of a request, which would always be refused. */
function checkHoldsRequest(
  key: 'sluice.request.arriving.max.bytes' | 'sluice.produce.inflight.max.bytes',
  values: Values,
  originals: Originals,
  findings: Findings,
): void {
  const setting = originals.get(key)
  const requestMaxBytes = values['sluice.request.max.bytes']
  if (setting && values[key] < requestMaxBytes) {
    findings.fault(setting, `-1, or at least sluice.request.max.bytes, which is ${requestMaxBytes}`)
  }
}

function bufferMemory(originals: Originals, findings: Findings): number {
  const setting = originals.get('producer.buffer.memory') ?? originals.get('client.buffer.memory')
  return findings.tryRead(setting, BUFFER_MEMORY.parse) ?? BUFFER_MEMORY.default
}
