/** Routes of the API reference for browsers. */
import { Type } from 'typebox'
import { RestError } from '../errors.ts'
import type { Offer } from '../http/media-type.ts'
import type { Reply } from '../http/route.ts'
import type { ReferenceFile } from './reference-files.ts'
import { route } from './services.ts'

const HTML = 'text/html'

/**
 * A page for browsers where clients get JSON. The Accept header of every browser begins so. Clients that only have text/html in
 * a longer list, as Java's HttpURLConnection has, get JSON.
 */
export const PAGE_OFFER: Offer = {
  type: HTML,
  quality: 0.5,
  onlyFor: /^text\/html(?:$|, ?application\/xhtml\+xml\b)/i,
}

/** The viewer sets styles of elements. Nothing else of the page is in the page, or from another server. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The reply with the page. A client asks each time whether it has changed. */
export function pageReply(page: ReferenceFile): Reply {
  return {
    status: 200,
    ...page,
    headers: [
      ['Cache-Control', 'no-cache'],
      ['Vary', 'Accept'],
      ['Content-Security-Policy', POLICY],
      ['X-Content-Type-Options', 'nosniff'],
      ['Referrer-Policy', 'no-referrer'],
    ],
  }
}

export const getReference = route({
  operationId: 'getReference',
  method: 'GET',
  path: '/reference',
  summary: 'The API reference, for browsers.',
  query: {},
  consumes: 'any',
  produces: [{ type: HTML, quality: 1 }],
  responses: { 200: { description: 'A page.', schema: Type.String() } },
  errors: [],
  handler: (_request, { reference }) => pageReply(reference.page()),
})

export const getReferenceFile = route({
  operationId: 'getReferenceFile',
  method: 'GET',
  path: '/reference/{file_name}',
  summary: 'A script, a style sheet or a document of the API reference.',
  query: {},
  consumes: 'any',
  produces: ['text/plain', 'text/javascript', 'text/css'].map((type) => ({ type, quality: 1 })),
  responses: { 200: { description: 'The file.', schema: Type.String() } },
  errors: [],
  handler({ params }, { reference }) {
    const file = reference.find(params.file_name)
    if (!file) throw new RestError('NOT_FOUND')
    const headers = [
      ['Cache-Control', 'no-cache'],
      ['X-Content-Type-Options', 'nosniff'],
    ] as const
    return { status: 200, ...file, headers }
  },
})
