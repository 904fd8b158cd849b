/**
 * The consumer instances of the cluster, as event loops use them. The process has one object behind it; arguments and
 * results can be cloned, so that the loops of worker threads call it over their ports.
 */
import type { NewInstance } from '../kafka/consumer-instances.ts'
import type { Login } from '../kafka/settings/identity.ts'
import type { Interest } from './description.ts'

/** The client of a request of an instance. */
export interface InstanceCaller {
  /** The name of the authenticated client. */
  readonly principal: string | undefined
  /** Its login, if Kafka is shown that; otherwise undefined. */
  readonly login: Login | undefined
}

/** The options of a search for the owner of an instance. */
export interface Search {
  readonly timeoutMs: number
  /** The client of the request. An instance of another client does not exist for it. */
  readonly caller: InstanceCaller
  /** Another process has sent the request; it is not sent on. */
  readonly isForwarded: boolean
  readonly isRead: boolean
  readonly isCommit: boolean
  /** A commit of all delivered records. */
  readonly isCommitOfDelivered: boolean
  /** A read that another process has sent: until it is confirmed, commits of the instance wait. */
  readonly isForwardedRead: boolean
  /** A deletion, for which no consumer is made. */
  readonly isDeletion: boolean
}

/** The owner of an instance. */
export type Owner =
  | { readonly url: string }
  | {
      /** This process owns the instance: the number of the use that has begun. 0: there is no such instance. */
      readonly use: number
      /** The positions of the instance begin where `auto.offset.reset` says, and its client has to be told. */
      readonly hasNewPositions: boolean
    }

/**
 * The end of a request of an instance: a read has delivered records, a read has delivered none, no process tells whether
 * the client has the records, or anything else.
 */
export type Outcome = 'records' | 'no-records' | 'unconfirmed' | 'other'

/** Who creates an instance. */
export interface Creator {
  readonly caller: InstanceCaller
  /** Names the client's request; empty if no other process has sent it. */
  readonly call: string
}

/** The methods of the cluster for event loops. All rejections are RestErrors. */
export interface InstanceDirectory {
  /** Draws the name of a new instance, if possible one that this process owns. */
  drawInstanceName(group: string, timeoutMs: number): Promise<string>
  /**
   * Finds the owner of an instance. If that is this process a use begins, which endUse() ends, and the consumer is made
   * if it does not exist. Rejects with 50002 for a commit of records that are delivered again because the instance has
   * moved since. Rejects with 421 for a forwarded request of another process's instance, and with 503 when no owner is
   * known in time.
   */
  findOwner(group: string, name: string, search: Search): Promise<Owner>
  /** The delivered records of an instance are committed. */
  onCommitted(use: number): Promise<void>
  /**
   * The engine has no consumer for an instance that had one. Resolves to true, and ends the use, if the group has removed
   * this process: another one serves the instance. Otherwise the instance was unused for too long.
   */
  onGone(use: number): Promise<boolean>
  endUse(use: number, outcome: Outcome): Promise<void>
  /** Asks the group for the owners again: a process did not serve what it seemed to own. */
  doubtOwner(): Promise<void>
  /** Whether the process at `url` still seems to own the instance. Asks the group. */
  isOwner(group: string, name: string, url: string): Promise<boolean>
  /** Creates an instance that this process owns. Rejects with 40902 when it exists, unless the same request has created it. */
  createInstance(
    group: string,
    wanted: NewInstance & { readonly name: string },
    creator: Creator,
  ): Promise<void>
  /** Stores what an instance of the client reads from now on; undefined for nothing. Rejects with 40403 if it has none of this name. */
  changeInstance(
    group: string,
    name: string,
    interest: Interest | undefined,
    caller: InstanceCaller,
  ): Promise<void>
  /** Whether the client has an instance of this name, and that has no consumer. */
  isDormant(group: string, name: string, caller: InstanceCaller): Promise<boolean>
  /** Deletes the description of an instance whose consumer is closed. Rejects with 40403 if it is that of another client. */
  removeInstance(group: string, name: string, caller: InstanceCaller): Promise<void>
  /**
   * The response to a forwarded read is written. Resolves to whether its client has it, which the other process tells;
   * undefined when it does not tell it in time. @param nonce names the signature of the request
   */
  awaitDelivery(nonce: string): Promise<boolean | undefined>
  /** Another process tells that the client of a read is still taking the response. */
  postponeDelivery(nonce: string): Promise<void>
  /** Another process tells whether the client of a read has the response. */
  confirmDelivery(nonce: string, delivered: boolean): Promise<void>
  /** Whether the random number of a signature was not seen before. */
  acceptNonce(nonce: string): Promise<boolean>
}
