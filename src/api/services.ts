/** What handlers work with. */
import { routesFor } from '../http/route.ts'
import type { Admin } from '../kafka/admin.ts'
import type { ConsumerInstances } from '../kafka/consumer-instances.ts'
import type { Producer } from '../kafka/producer.ts'
import type { Schemas } from '../serde/schemas.ts'

/** What the requests of a process share: Kafka's clients, and values of the configuration. */
export interface SharedServices {
  readonly producer: Producer
  readonly consumers: ConsumerInstances
  readonly admin: Admin
  /** For records whose format needs schemas; undefined without a schema registry. */
  readonly schemas: Schemas | undefined
  /** `consumer.request.max.bytes`. */
  readonly maxReadBytes: number
  /** Whether requests should be sent here. */
  readonly isReady: () => Promise<boolean>
  /** The metrics, in Prometheus's text format. */
  readonly renderMetrics: () => Promise<string>
  /** The description of this API, in JSON. */
  readonly openApi: string
}

/** The services of one request. */
export interface Services extends SharedServices {
  /** The beginning of URLs that the client of this request can use. */
  readonly baseUri: string
}

/** Makes a route whose handler gets these services. */
export const route = routesFor<Services>()
