/** What handlers work with. */
import { routesFor } from '../http/route.ts'
import type { Admin } from '../kafka/admin.ts'
import type { ConsumerInstances } from '../kafka/consumer-instances.ts'
import type { Producer } from '../kafka/producer.ts'
import type { Schemas } from '../serde/schemas.ts'

/** The rooms that handlers may call, and the values they need of the configuration. */
export interface Services {
  readonly producer: Producer
  readonly consumers: ConsumerInstances
  readonly admin: Admin
  /** For records whose format needs schemas; undefined without a schema registry. */
  readonly schemas: Schemas | undefined
  /** `consumer.request.max.bytes`. */
  readonly maxReadBytes: number
  /** Scheme and authority of URLs for a client that came by `origin` (contract v2, 8.2). */
  readonly baseUri: (origin: string) => string
  /** Whether requests should be sent here. */
  readonly isReady: () => Promise<boolean>
  /** The metrics, in Prometheus's text format. */
  readonly renderMetrics: () => Promise<string>
  /** The description of this API, in JSON. */
  readonly openApi: string
}

/** Makes a route whose handler gets these services. */
export const route = routesFor<Services>()
