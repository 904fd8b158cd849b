/** Requests that last for hours: whether their clients would still be admitted. */
import type { Caller } from '../auth/gate.ts'
import { RestError } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { AccessControl, AccessExchange } from './access-control.ts'

/** Authenticates a caller, see Gate. */
export type Authenticate = (caller: Caller) => void | Promise<void>

/** The part of an exchange that is looked at. */
export type LastingRequest = AccessExchange &
  Pick<Exchange<never>, 'listener' | 'path' | 'authorization' | 'clientAddress' | 'login'> & {
    roles: readonly string[]
    withdrawal: RestError | undefined
  }

/** Rejects with a RestError if the client would be refused now, and notes it on the request. */
export type Recheck = () => Promise<void>

/** That nobody can tell now, or not so soon, takes nothing from a login that has not ended. */
const PASSING: ReadonlySet<number> = new Set([429, 503])

/**
 * Returns the check of a request; undefined if nothing may change for its client: it has no login, there are no rules, and it
 * acts in Kafka as the process.
 *
 * @param authenticate that of logins; undefined without any
 * @param identify throws if the principal has no credentials in Kafka; undefined if it needs none
 */
export function recheckOf(
  request: LastingRequest,
  authenticate: Authenticate | undefined,
  access: Pick<AccessControl, 'checkHead'> | undefined,
  identify?: () => void,
): Recheck | undefined {
  const hasLogin = authenticate !== undefined && request.login !== undefined
  if (!hasLogin && !access && !identify) return undefined
  return async () => {
    try {
      if (hasLogin) await authenticateAgain(request, authenticate)
      access?.checkHead(request)
      identify?.()
    } catch (error) {
      if (error instanceof RestError) request.withdrawal = error
      throw error
    }
  }
}

/** The groups of the login may have changed, and rules depend on them. */
async function authenticateAgain(
  request: LastingRequest,
  authenticate: Authenticate,
): Promise<void> {
  const { listener, path, authorization, clientAddress, login } = request
  if (Date.now() >= (login?.expiresAt ?? 0)) throw new RestError('UNAUTHENTICATED')
  const caller: Caller = {
    listener,
    path,
    authorization,
    clientAddress,
    principal: undefined,
    roles: [],
    login: undefined,
  }
  try {
    await authenticate(caller)
  } catch (error) {
    if (error instanceof RestError && PASSING.has(error.status)) return
    throw error
  }
  request.roles = caller.roles
}
