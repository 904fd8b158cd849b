/**
 * The interface of `sluice.authenticator.module`: a JavaScript module that tells who a client is, where the methods in the box
 * do not. Its default export is a `CreateAuthenticator`.
 *
 *     import type { CreateAuthenticator } from 'sluice/authenticator'
 */

/** The part of a request that a module sees, before the body of the request is read. */
export interface AuthenticatorRequest {
  /** In upper case. */
  readonly method: string
  /** As the client has written it, without the query. */
  readonly path: string
  /** The Authorization header; empty without one. */
  readonly authorization: string
  /** The address of the client, or the one that a trusted proxy names; empty if it is not known. */
  readonly clientAddress: string
  /** The subject of the client's verified certificate (RFC 2253); undefined without one. */
  readonly certificateSubject: string | undefined
  /** The name of the listener, such as `http`. */
  readonly listener: string
}

/** A client whose name a module has verified. */
export interface AuthenticatedClient {
  /** The principal: not empty, without control characters. */
  readonly principal: string
  /** Its roles, for `authentication.roles` and `sluice.access.rules`. */
  readonly roles?: readonly string[]
}

/** Authenticates the requests of one event loop, many at a time. */
export interface Authenticator {
  /**
   * Returns, or resolves to, the client of a request; undefined refuses the request with 401. An error, and a value of another
   * shape, is answered with 500, a promise that does not settle in ten seconds with 503. Nothing is remembered: a slow check
   * needs a cache of its own.
   */
  authenticate(
    request: AuthenticatorRequest,
  ): AuthenticatedClient | undefined | Promise<AuthenticatedClient | undefined>
  /** The WWW-Authenticate header of the 401, such as `Bearer realm="kafka"`; by default there is none. */
  readonly challenge?: string
}

/** Makes the authenticator of an event loop. Called once for each loop, in its thread, before the process listens. */
export type CreateAuthenticator = () => Authenticator | Promise<Authenticator>
