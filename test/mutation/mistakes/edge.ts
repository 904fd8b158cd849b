/** Mistakes in what clients may do: rules of access, limits, endpoints and origins. */
import { mistakesIn } from '../mutant.ts'

export const EDGE_MISTAKES = [
  ...mistakesIn('src/access/access-rules.ts', [
    [
      'no rule is permission',
      'isAllowed: rule?.allows === true',
      'isAllowed: rule?.allows !== false',
    ],
    ['one allowed topic is enough', 'if (!decision.isAllowed) return decision', 'return decision'],
    [
      'a pattern of topics needs a rule for some',
      '!rule.allows || rule.topic.matchesAll',
      'rule.allows || rule.topic.matchesAll',
    ],
    [
      'a topic closes endpoints that have none',
      'return allows && endpoint !== undefined',
      'return endpoint !== undefined',
    ],
    [
      'a topic opens endpoints that have none',
      'return allows && endpoint !== undefined',
      'return allows',
    ],
    [
      'everybody has the name *',
      'if (principal && (caller.principal === undefined || !principal.matches(caller.principal))) {',
      "if (principal && !principal.matches(caller.principal ?? '')) {",
    ],
  ]),
  ...mistakesIn('src/access/rules.ts', [
    ['a rule for nobody is for all', 'if (isForAll === isForSome)', 'if (isForAll && isForSome)'],
    [
      'a rule may name endpoints that do not exist',
      'if (!endpoints.some(patternsOf([pattern]).matches)) {',
      'if (false) {',
    ],
  ]),
  ...mistakesIn('src/api/resource-names.ts', [
    [
      'an allow list leaves the endpoints of Sluice',
      "return name.startsWith('operations.')",
      "return !name.startsWith('api.')",
    ],
  ]),
  ...mistakesIn('src/limits/bucket.ts', [
    [
      'pauses are paid in advance without an end',
      'return state > earliest ? state : earliest',
      'return state',
    ],
    ['a bucket gives what it does not have', 'if (wait > patienceMs) return undefined', ''],
  ]),
  ...mistakesIn('src/limits/bucket-table.ts', [
    [
      'a bucket in debt gives up its place',
      '!isUnused(this.#moments, place, rate.burst, moment)',
      'false',
    ],
  ]),
  ...mistakesIn('src/limits/recent-requests.ts', [
    [
      'an address that was here just now gives up its place',
      'return moment - Atomics.load(cells, last) < SECOND',
      'return false',
    ],
    [
      'a limit is never exceeded',
      'return oldest !== 0n && moment - oldest < SECOND',
      'return false',
    ],
  ]),
  ...mistakesIn('src/api/dos-filter.ts', [
    ['a client that left keeps its pass', '    else limit.passes.release()\n', ''],
    [
      'a request above the first limit is not measured by the second',
      '.then(() => this.#pass(exchange, at + 1))',
      '',
    ],
  ]),
  ...mistakesIn('src/api/csrf.ts', [
    [
      'a token is for all sessions',
      '[end, principal ?? null, requestedBy]',
      '[end, principal ?? null]',
    ],
    [
      'a token is for all principals',
      '[end, principal ?? null, requestedBy]',
      '[end, requestedBy]',
    ],
    ['a token has no end', '!isGenuine || now >= Number(end)', '!isGenuine'],
  ]),
  ...mistakesIn('src/limits/network-rate.ts', [
    ['listeners share a rate', ' + listener * LISTENER_CELLS', ''],
    ['the rate is in the memory of another limit', 'byteOffset / BYTES_PER_ELEMENT', '0'],
    ['each backend is Guava', "=== 'resilience4j'", "=== ''"],
  ]),
  ...mistakesIn('src/limits/caller-limits.ts', [
    ['a refused request counts', '    if (worst) return worst\n', ''],
    [
      'a limit of one adds to that of all',
      'if (name === undefined || this.#exempt.has(name)) return undefined',
      'if (name === undefined) return undefined',
    ],
  ]),
  ...mistakesIn('src/http/cors.ts', [
    [
      'any origin is allowed',
      'origin.length <= MAX_ORIGIN_CHARS && this.#origin.test(origin)',
      'true',
    ],
    [
      'any method is allowed',
      '!this.#methods.includes(requested) || !this.#allowsHeaders(headers)',
      '!this.#allowsHeaders(headers)',
    ],
    [
      'a period in an origin stands for any letter',
      "part.replace(/[\\\\^$.*+?()[\\]{}|/]/g, '\\\\$&')",
      'part',
    ],
  ]),
]
