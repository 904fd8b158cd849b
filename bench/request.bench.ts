/** What every request pays besides its records: routing, media types, the way to the engine. */

import { ROUTES } from '../src/api/routes.ts'
import { PRODUCES_RECORDS } from '../src/api/v2/formats.ts'
import { memoize, negotiate } from '../src/http/media-type.ts'
import { Router } from '../src/http/router.ts'
import { call, native } from '../src/kafka/native.ts'
import type { Trial } from './trial.ts'

const router = new Router(ROUTES)
const patterns = ROUTES.map((route) => ({
  method: route.method,
  pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '([^/]+)')}/?$`),
}))
const path = '/consumers/a-group/instances/an-instance/records'
const accept =
  'application/vnd.kafka.json.v2+json, application/vnd.kafka.v2+json; q=0.9, */*; q=0.1'
const memoized = memoize((header) => negotiate(header, PRODUCES_RECORDS))
const NO_SUCH_CONSUMER = 4_000_000_000

export const TRIALS: readonly Trial[] = [
  {
    name: 'Route a path of five segments',
    unit: 'request',
    operations: [
      { name: 'router', things: 1, run: () => router.find('GET', path) },
      {
        name: 'regular expressions in a row',
        things: 1,
        run: () => patterns.find(({ method, pattern }) => method === 'GET' && pattern.test(path)),
      },
    ],
  },
  {
    name: 'Choose a media type',
    unit: 'request',
    operations: [
      { name: 'memoized', things: 1, run: () => memoized(accept) },
      { name: 'negotiated', things: 1, run: () => negotiate(accept, PRODUCES_RECORDS) },
    ],
  },
  {
    name: 'To the engine and back, 100 calls at once',
    unit: 'call',
    operations: [
      {
        name: 'mailbox',
        things: 100,
        run: () =>
          Promise.allSettled(
            Array.from({ length: 100 }, () =>
              call((ticket) => native.subscription(NO_SUCH_CONSUMER, ticket)),
            ),
          ),
      },
      {
        name: 'setImmediate, for scale',
        things: 100,
        run: () =>
          Promise.all(
            Array.from({ length: 100 }, () => new Promise((resolve) => setImmediate(resolve))),
          ),
      },
    ],
  },
]
