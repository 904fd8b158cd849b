/** The services that handlers use. */
import type { InstanceCaller, InstanceDirectory } from '../cluster/instance-directory.ts'
import type { PeerClient } from '../cluster/peer-client.ts'
import type { PeerSignature } from '../cluster/signature.ts'
import type { Exchange } from '../http/exchange.ts'
import { routesFor } from '../http/route.ts'
import type { TraceHeaders } from '../http/trace.ts'
import type { Admin } from '../kafka/admin.ts'
import type { ConsumerInstances } from '../kafka/consumer-instances.ts'
import type { PrincipalClients } from '../kafka/principal-clients.ts'
import type { Producer } from '../kafka/producer.ts'
import type { SchemaWork } from '../serde-workers/schema-work.ts'
import type { Recheck } from './recheck.ts'
import type { ReferenceFile, ReferenceFiles } from './reference-files.ts'
import type { OpenStreams } from './v3/open-streams.ts'
import type { StreamLimits } from './v3/record-exchange.ts'

/** The services that all requests of a process share: Kafka's clients, and values of the configuration. */
export interface SharedServices {
  readonly producer: Producer
  readonly consumers: ConsumerInstances
  readonly admin: Admin
  /** The clients with which each principal acts as itself; undefined if all requests share those above. */
  readonly principals?: PrincipalClients | undefined
  /** The work on formats with schemas; undefined without a schema registry. */
  readonly schemas: SchemaWork | undefined
  /** `confluent.resource.name.authority`. */
  readonly resourceNameAuthority: string
  /** `consumer.request.max.bytes`. */
  readonly maxReadBytes: number
  readonly streamLimits: StreamLimits
  readonly openStreams: OpenStreams
  /** Whether load balancers should send requests to this process. */
  readonly isReady: () => Promise<boolean>
  /** The metrics, in Prometheus's text format. */
  readonly renderMetrics: () => Promise<string>
  /** The description of this API, in JSON. */
  readonly openApi: ReferenceFile
  /** The API reference for browsers. */
  readonly reference: ReferenceFiles
  /** The cluster of processes; undefined for a process on its own. */
  readonly cluster?: SharedCluster | undefined
}

/** The cluster of processes that serve each other's consumer instances. */
export interface SharedCluster {
  readonly directory: InstanceDirectory
  readonly peers: PeerClient
  readonly signature: PeerSignature
  readonly mode: 'forward' | 'redirect'
  /** Where the other processes reach this one. */
  readonly url: string
  /** The beginning of the URLs of this process for clients; empty if it advertises none. */
  readonly baseUrl: string
  /** The beginning of all paths. */
  readonly basePath: string
}

/** The cluster, for one request. */
export interface ClusterServices extends SharedCluster {
  readonly exchange: Exchange
  /** The client of the request. */
  readonly caller: () => InstanceCaller
  /** Another process of the cluster has sent the request. */
  readonly isForwarded: boolean
  /** Names the signature of a forwarded request. */
  readonly nonce: string
  /** A random text that names the client's request at all processes that get it; empty until one is sent to another process. */
  call: string
  /** Another process may have begun the request already. */
  isRepeated: boolean
  /** Of a forwarded read whose response is written: resolves to whether its client has it; undefined if that stays unknown. */
  delivery?: Promise<boolean | undefined>
}

/** The services of one request. */
export interface Services extends SharedServices {
  /** The beginning of URLs that the client of this request can use. */
  readonly baseUri: string
  /** The principal of the client; undefined without one. */
  readonly principal?: string | undefined
  readonly cluster?: ClusterServices | undefined
  /** Issues a token to the session of this request; throws 400 for a request that names none. Undefined without `csrf.prevention.enable`. */
  readonly issueToken?: (() => string) | undefined
  /** Of a request that lasts for long, see LimitedAdmission; undefined if no limit counts bytes. */
  readonly meter?: (() => number) | undefined
  /** Of a request that lasts for long; undefined if nothing may change for its client. */
  readonly recheck?: Recheck | undefined
  /** The trace of the request; undefined without one. */
  readonly trace?: TraceHeaders | undefined
  /** The topics of a list that the client may see; undefined if it may see all. */
  readonly visibleTopics?: ((topics: readonly string[]) => readonly string[]) | undefined
}

/** Makes a route whose handler gets the services of its request. */
export const route = routesFor<Services>()
