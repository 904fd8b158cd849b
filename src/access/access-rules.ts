/** Decides about requests by the rules of `sluice.access.rules`. */
import { type AccessRule, parseRules } from './rules.ts'

/** Who sends a request. */
export interface AccessCaller {
  /** Undefined for a client that is not authenticated. */
  readonly principal: string | undefined
  readonly groups: readonly string[]
  readonly address: string
}

/** What a request asks for. */
export interface AccessRequest extends AccessCaller {
  /** GET for HEAD. */
  readonly method: string
  readonly endpoint: string
  /** Undefined for endpoints without one. */
  readonly consumerGroup: string | undefined
  /** All that the request names; `any` if it may concern topics that it does not name. */
  readonly topics: readonly string[] | 'any'
}

/** The decision about a request. */
export interface Decision {
  readonly isAllowed: boolean
  /** Undefined if no rule matches. */
  readonly rule: AccessRule | undefined
  /** The topic that the decision is about; `any` as in the request. Undefined if the request names none. */
  readonly topic: string | undefined
}

/** An endpoint, as rules see it. */
export interface AccessEndpoint {
  readonly name: string
  readonly method: string
  /** Whether its requests may name topics. */
  readonly hasTopics: boolean
}

/** The rules of a file. They do not change. */
export class AccessRules {
  readonly rules: readonly AccessRule[]
  /** Rules that allow an endpoint with topics. */
  readonly #revealing: ReadonlySet<AccessRule>

  /**
   * @param endpoints all endpoints of the process
   * @throws AccessRulesError
   */
  constructor(text: string, endpoints: readonly AccessEndpoint[]) {
    this.rules = parseRules(
      text,
      endpoints.map(({ name }) => name),
    )
    this.#revealing = new Set(
      this.rules.filter(
        ({ allows, endpoint, method }) =>
          allows &&
          endpoints.some(
            (each) =>
              each.hasTopics &&
              (endpoint?.matches(each.name) ?? true) &&
              (method?.matches(each.method) ?? true),
          ),
      ),
    )
  }

  /** Decides about a request: all of its topics have to be allowed. */
  decide(request: AccessRequest): Decision {
    for (const topic of named(request.topics)) {
      const decision = this.#decideAbout(request, topic)
      if (!decision.isAllowed) return decision
    }
    return this.#decideAbout(request, named(request.topics).at(-1))
  }

  #decideAbout(request: AccessRequest, topic: Topic): Decision {
    const rule = this.rules.find((candidate) => matches(candidate, request, topic))
    return { isAllowed: rule?.allows === true, rule, topic: topic === ANY ? 'any' : topic }
  }

  /** The topics for which a caller may do something. */
  visibleTopics(caller: AccessCaller, topics: readonly string[]): string[] {
    const rules = this.rules.filter(
      (rule) => concerns(rule, caller) && (rule.allows ? this.#revealing.has(rule) : hides(rule)),
    )
    return topics.filter(
      (topic) => rules.find((rule) => rule.topic?.matches(topic) ?? true)?.allows === true,
    )
  }
}

/** Stands for topics that a request does not name. */
const ANY: unique symbol = Symbol('any topic')

/** Undefined for a request that names none. */
type Topic = string | typeof ANY | undefined

function named(topics: AccessRequest['topics']): readonly Topic[] {
  if (topics === 'any') return [ANY]
  return topics.length === 0 ? [undefined] : topics
}

function matches(rule: AccessRule, request: AccessRequest, topic: Topic): boolean {
  return (
    concerns(rule, request) &&
    (rule.method?.matches(request.method) ?? true) &&
    (rule.endpoint?.matches(request.endpoint) ?? true) &&
    matchesTopic(rule, topic) &&
    matchesGroup(rule, request.consumerGroup)
  )
}

function concerns({ principal, group, from }: AccessRule, caller: AccessCaller): boolean {
  if (principal && (caller.principal === undefined || !principal.matches(caller.principal))) {
    return false
  }
  if (group && !caller.groups.some(group.matches)) return false
  return from === undefined || from(caller.address)
}

function matchesTopic(rule: AccessRule, topic: Topic): boolean {
  if (!rule.topic) return true
  if (topic === undefined) return leavesOpen(rule)
  // A pattern may match any topic: all of them have to be allowed, and none may be denied.
  return topic === ANY ? !rule.allows || rule.topic.matchesAll : rule.topic.matches(topic)
}

function matchesGroup(rule: AccessRule, group: string | undefined): boolean {
  if (!rule.consumerGroup) return true
  return group === undefined ? leavesOpen(rule) : rule.consumerGroup.matches(group)
}

/** Whether a condition does not count for requests that it cannot concern: if the rule allows endpoints by their names. */
function leavesOpen({ allows, endpoint }: AccessRule): boolean {
  return allows && endpoint !== undefined
}

/** Whether a rule denies everything that can be done with its topics. */
function hides({ method, endpoint, consumerGroup }: AccessRule): boolean {
  return method === undefined && endpoint === undefined && consumerGroup === undefined
}
