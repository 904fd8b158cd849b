/** Routes of the API reference for browsers. */
import { Type } from 'typebox'
import { RestError } from '../errors.ts'
import type { Offer } from '../http/media-type.ts'
import type { Reply } from '../http/route.ts'
import type { ReferenceFile } from './reference-files.ts'
import { resource } from './resource-names.ts'
import { route } from './services.ts'

type Header = readonly [name: string, value: string]

const HTML = 'text/html'

/**
 * The offer of the page, for browsers only: the Accept header of every browser matches `onlyFor`. Clients with text/html elsewhere
 * in a list get JSON (Java's HttpURLConnection sends such a list).
 */
export const PAGE_OFFER: Offer = {
  type: HTML,
  quality: 0.5,
  onlyFor: /^text\/html(?:$|, ?application\/xhtml\+xml\b)/i,
}

/** The viewer sets styles of elements. The page contains no other inline code, and loads nothing from other servers. */
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

const NO_SNIFFING: Header = ['X-Content-Type-Options', 'nosniff']

/** The reply with a file. A client revalidates its copy each time. */
export function fileReply(file: ReferenceFile, headers: readonly Header[] = []): Reply {
  return { status: 200, ...file, headers: [['Cache-Control', 'no-cache'], ...headers] }
}

/** The reply with the page. */
export function pageReply(page: ReferenceFile): Reply {
  return fileReply(page, [
    ['Vary', 'Accept'],
    ['Content-Security-Policy', POLICY],
    NO_SNIFFING,
    ['Referrer-Policy', 'no-referrer'],
  ])
}

export const getReference = route({
  operationId: 'getReference',
  method: 'GET',
  path: '/reference',
  resource: resource('operations.reference'),
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
  resource: resource('operations.reference'),
  summary: 'A script, a style sheet or a document of the API reference.',
  query: {},
  consumes: 'any',
  produces: ['text/plain', 'text/javascript', 'text/css'].map((type) => ({ type, quality: 1 })),
  responses: { 200: { description: 'The file.', schema: Type.String() } },
  errors: [],
  handler({ params }, { reference }) {
    const file = reference.find(params.file_name)
    if (!file) throw new RestError('NOT_FOUND')
    return fileReply(file, [NO_SNIFFING])
  },
})
