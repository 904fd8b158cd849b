/** What event loops ask about the credentials of clients, and what they learn. All values can be cloned. */
import type { AuthenticationMethod } from '../config/index.ts'

/** The credentials of a request, before they are checked. */
export interface Attempt {
  readonly method: AuthenticationMethod
  /** What follows the scheme in the Authorization header. */
  readonly credentials: string
  /** Selects the users. */
  readonly realm: string
  /** The client's address; empty if it is not known. */
  readonly address: string
}

/** Somebody whose credentials are valid. */
export interface Identity {
  readonly method: AuthenticationMethod
  /** The name of the client. */
  readonly principal: string
  /** The roles of a user, or the groups of a token. */
  readonly roles: readonly string[]
  /** The end of the credentials' life in milliseconds since the epoch; Infinity without one. */
  readonly expiresAt: number
}

/** The result of a check. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly identity: Identity }
  | { readonly kind: 'refused' }
  /** Not checked: there were too many failures, or too many checks wait. */
  | { readonly kind: 'slowed'; readonly retryAfterSeconds: number }
  /** Not checked: the keys of tokens are unknown. */
  | { readonly kind: 'unavailable' }

/** Checks credentials, for all event loops of the process. */
export interface CredentialChecker {
  /** Does not reject. */
  checkCredentials(attempt: Attempt): Promise<Verdict>
}
