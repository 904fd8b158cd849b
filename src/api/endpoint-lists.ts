/** `api.endpoints.allowlist` and `api.endpoints.blocklist`: the endpoints that a process serves. */
import type { Config } from '../config/index.ts'
import type { AnyRoute, NamedRequest } from '../http/route.ts'
import { classOf, isOfOperators } from './resource-names.ts'

/** Decides which endpoints exist for clients. */
export class EndpointLists {
  readonly #allowed: ReadonlySet<string>
  readonly #blocked: ReadonlySet<string>

  /** Returns undefined if both lists are empty. */
  static of(
    config: Pick<Config, 'api.endpoints.allowlist' | 'api.endpoints.blocklist'>,
  ): EndpointLists | undefined {
    const [allowed, blocked] = [
      config['api.endpoints.allowlist'],
      config['api.endpoints.blocklist'],
    ]
    return allowed.length + blocked.length === 0 ? undefined : new EndpointLists(allowed, blocked)
  }

  private constructor(allowed: readonly string[], blocked: readonly string[]) {
    this.#allowed = new Set(allowed)
    this.#blocked = new Set(blocked)
  }

  /** Whether the endpoint of a routed request does not exist for clients. */
  hides(request: NamedRequest & { readonly route: Pick<AnyRoute<never>, 'resource'> | undefined }) {
    const resource = request.route?.resource
    return resource !== undefined && !this.#serves(resource.nameOf(request))
  }

  /** The routes of which clients can reach a part. */
  served<Services>(routes: readonly AnyRoute<Services>[]): readonly AnyRoute<Services>[] {
    return routes.filter(
      ({ resource }) => resource?.names.some((name) => this.#serves(name)) ?? true,
    )
  }

  #serves(name: string): boolean {
    if (includes(this.#blocked, name)) return false
    // Probes and monitoring keep their routes when an allow list names what clients may use.
    return this.#allowed.size === 0 || isOfOperators(name) || includes(this.#allowed, name)
  }
}

function includes(list: ReadonlySet<string>, name: string): boolean {
  return list.has(name) || list.has(classOf(name))
}
