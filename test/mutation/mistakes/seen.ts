/** Mistakes in the request log and the audit log. */
import { mistakesIn } from '../mutant.ts'

export const SEEN_MISTAKES = [
  ...mistakesIn('src/http/audit-log.ts', [
    [
      'refused logins are not audited',
      "status === 401 || errorName === 'TOO_MANY_LOGINS'",
      'false',
    ],
    ['denials are not audited', 'if (status === 403)', 'if (false)'],
    ['a flood is written', 'window.written < this.#limits.maxPerSecond', 'true'],
    ['a flood is not told', 'if (window.omitted > 0)', 'if (false)'],
    ['the next second has no room', '      window.written = 0\n', ''],
  ]),
  ...mistakesIn('src/http/request-log.ts', [
    ['errors are sampled', ' || exchange.status >= 400', ''],
    ['failed records are sampled', ' || exchange.failedRecords > 0', ''],
    ['a sample has the first request only', '      omitted = 0\n', ''],
  ]),
  ...mistakesIn('src/http/ncsa-line.ts', [
    ['a principal may break its field', 'text.replace(UNSAFE_IN_FIELD, encoded)', 'text'],
    ['an agent may forge a line', 'text.replace(UNSAFE_IN_QUOTES, encoded)', 'text'],
  ]),
]
