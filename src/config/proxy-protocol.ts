/** The PROXY protocol of listeners, from the keys that define it. */

import type { Findings, Setting } from './findings.ts'
import { parseListenerKey, type Values } from './keys/index.ts'
import { readerOf, settingOfListener } from './listener-tls.ts'
import { adminListenersOf, type Listener, listenersOf } from './listeners.ts'

type Originals = ReadonlyMap<string, Setting>
type Given = Values & { readonly originals: Originals }

const ENABLED = 'proxy.protocol.enabled'
const RANGE = 'proxy.protocol.accepted.ip.range'

/**
 * Returns the networks whose headers of the PROXY protocol a listener believes; `undefined` if its connections begin without
 * such a header.
 */
export function proxySendersOf(
  config: Given,
  { name }: Pick<Listener, 'name'>,
): readonly string[] | undefined {
  const read = readerOf(config, name)
  if (!read(ENABLED)) return undefined
  const own = read(RANGE)
  return own.length > 0 ? own : read('sluice.trusted.proxies')
}

/** Adds the faults of the keys of all listeners. `values` have valid listeners. */
export function checkProxyProtocol(values: Values, originals: Originals, findings: Findings): void {
  const config = { ...values, originals }
  const unnamed = listenersOf(values).find(
    (listener) => proxySendersOf(config, listener)?.length === 0,
  )
  if (unnamed) {
    findings.faultAt(
      settingOfListener(originals, unnamed.name, ENABLED),
      ENABLED,
      `also ${RANGE} or sluice.trusted.proxies: the headers of nobody else are believed`,
    )
  }
  const operators = new Set(adminListenersOf(values).map(({ name }) => name))
  for (const setting of originals.values()) {
    const { listener, key } = parseListenerKey(setting.key) ?? {}
    const isForOperators = listener !== undefined && operators.has(listener)
    if (isForOperators && key === ENABLED && readerOf(config, listener)(ENABLED)) {
      findings.fault(setting, 'false: no proxy is in front of sluice.admin.listeners')
    }
  }
}
