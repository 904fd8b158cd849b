/** The server of an exchange in tests that have none. */
import type { Exchange, ExchangeOwner } from '../../../src/http/exchange.ts'
import type { Transfer } from '../../../src/http/watchdog.ts'
import { PLAIN_DIALECT } from './plain-dialect.ts'

/** An owner that counts, with what the test wants otherwise. */
export function fakeOwner<Services>(overrides: Partial<ExchangeOwner<Services>> = {}) {
  const transfers = new Set<Transfer>()
  const owner = {
    isClosing: false,
    dialect: PLAIN_DIALECT,
    keepsAddresses: false,
    trustedProxies: undefined,
    watchdog: {
      add: (transfer: Transfer) => transfers.add(transfer),
      delete: (transfer: Transfer) => transfers.delete(transfer),
    },
    onOver: (_exchange: Exchange<Services>, _aborted: boolean) => {},
    onError(_exchange: Exchange<Services>, error: unknown) {
      throw error
    },
    ...overrides,
  }
  return { owner, transfers }
}
