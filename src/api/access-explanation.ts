/** The explanation of a decision about access, for operators. */
import type { AccessCaller, AccessRequest, AccessRules } from '../access/access-rules.ts'
import type { NamedRequest } from '../http/route.ts'
import { Router } from '../http/router.ts'
import { accessRequestOf, PROBES } from './access-control.ts'
import { ROUTES } from './routes.ts'

const USAGE =
  'METHOD PATH, and before or behind them principal=NAME, group=NAME, from=ADDRESS, topic=NAME for each topic of the body, ' +
  'topic=* for any, content-type=TYPE, accept=TYPE'

/** A request that an operator asks about. */
interface Question {
  readonly method: string
  readonly path: string
  readonly caller: AccessCaller
  readonly topics: AccessRequest['topics']
  readonly head: NamedRequest
}

/** A decision, in lines. */
export interface Explanation {
  readonly isAllowed: boolean
  readonly text: string
}

/**
 * Explains the decision about a request such as `principal=alice POST /topics/orders`. Throws an error that tells the form of a
 * request.
 *
 * @param rules undefined without a file of rules
 */
export function explainAccess(question: string, rules: AccessRules | undefined): Explanation {
  const { method, path, caller, topics, head } = parse(question)
  const match = new Router(ROUTES).find(method, path)
  if (match.kind !== 'found' || !match.target.resource) {
    throw new Error(`No endpoint has the method ${method} and the path ${path}. Expected ${USAGE}.`)
  }
  if (!rules) return { isAllowed: true, text: 'allowed: sluice.access.rules is not set' }
  const endpoint = match.target.resource.nameOf(head)
  if (PROBES.has(endpoint)) return { isAllowed: true, text: `allowed: ${endpoint}\na probe` }
  const request = accessRequestOf(match.target, endpoint, match.params, topics, caller)
  const { isAllowed, rule, topic } = rules.decide(request)
  const verdict = isAllowed ? 'allowed' : 'denied'
  const about = topic === undefined ? '' : `, topic ${topic}`
  const reason = rule ? `line ${rule.line}: ${rule.text}` : 'no rule matches'
  return { isAllowed, text: `${verdict}: ${endpoint}${about}\n${reason}` }
}

function parse(question: string): Question {
  const words = question.match(/(?:[^\s"]|"[^"]*")+/g) ?? []
  const isOption = (word: string) => /^[a-z-]+=/.test(word)
  const [method, path, ...others] = words.filter((word) => !isOption(word))
  if (method === undefined || path === undefined || others.length > 0) {
    throw new Error(`Expected ${USAGE}.`)
  }
  const options = words.filter(isOption).map((word) => {
    const at = word.indexOf('=')
    return { name: word.slice(0, at), value: word.slice(at + 1).replaceAll('"', '') }
  })
  const known = ['principal', 'group', 'from', 'topic', 'content-type', 'accept']
  const unknown = options.find(({ name }) => !known.includes(name))
  if (unknown) throw new Error(`${unknown.name}= is not known. Expected ${USAGE}.`)
  const all = (name: string) =>
    options.filter((each) => each.name === name).map((each) => each.value)
  const [principal] = all('principal')
  const [address = ''] = all('from')
  const [contentType = ''] = all('content-type')
  const [accept] = all('accept')
  const topics = all('topic')
  return {
    method,
    path,
    caller: { principal, groups: all('group'), address },
    topics: topics.includes('*') ? 'any' : topics,
    head: {
      contentType,
      accepted: accept === undefined ? undefined : { type: accept, quality: 1 },
    },
  }
}
