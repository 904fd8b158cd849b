/** Judges responses by the OpenAPI document: what it does not declare, nobody may answer. */
import assert from 'node:assert/strict'
import Schema from 'typebox/schema'
import { OPEN_API } from '../../src/app.ts'

/** What is judged of a response. */
export interface JudgedResponse {
  readonly status: number
  /** Empty when the response has none. */
  readonly contentType: string
  readonly text: string
}

interface ResponseDeclaration {
  readonly content?: Readonly<Record<string, { readonly schema: DeclaredSchema }>>
}

interface DeclaredSchema {
  readonly anyOf?: readonly object[]
}

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, ResponseDeclaration>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: { readonly Error: object } }
}

const DOCUMENT: Document = JSON.parse(OPEN_API)

const PATHS = Object.entries(DOCUMENT.paths).map(([template, operations]) => ({
  pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}/?$`),
  operations,
}))

/** The operation that a request asks for. HEAD asks for that of GET; `path` may have a query. */
export function findOperation(method: string, path: string): Operation | undefined {
  const [pathname = ''] = path.split('?')
  const match = PATHS.find(({ pattern }) => pattern.test(pathname))
  return match?.operations[method === 'HEAD' ? 'get' : method.toLowerCase()]
}

/** Throws an AssertionError unless the document allows this answer to this request. */
export function checkResponse(method: string, path: string, response: JudgedResponse): void {
  const operation = findOperation(method, path)
  const about = `${method} ${path} → ${response.status} ${response.contentType} ${response.text.slice(0, 500)}`
  if (method === 'HEAD' || response.status === 204) {
    assert.equal(response.text, '', `a body that must not be: ${about}`)
  }
  if (operation) checkDeclared(method, operation, response, about)
  else if (method === 'OPTIONS' && response.status === 200) assert.equal(response.text, '', about)
  else if (method !== 'HEAD') checkError(response, about)
}

function checkDeclared(
  method: string,
  { operationId, responses }: Operation,
  response: JudgedResponse,
  about: string,
): void {
  const declared = responses[response.status]
  assert.ok(declared, `${operationId} does not declare this status: ${about}`)
  if (!declared.content) return
  const type = essenceOf(response.contentType)
  const entry = declared.content[type] ?? declared.content['*/*']
  assert.ok(entry, `${operationId} does not declare this type: ${about}`)
  if (method === 'HEAD') return
  const { schema } = entry
  // One of its own, or an error.
  const choices = schema.anyOf?.some(isReference) ? schema.anyOf : [schema]
  const own = choices.find((each) => !isReference(each))
  const isOwn = choices.length === 1 || !('error_code' in JSON.parse(response.text))
  if (own && isOwn) checkSchema(own, response.text, about)
  else checkError(response, about)
}

function isReference(schema: object): boolean {
  return '$ref' in schema
}

function checkError({ status, text }: JudgedResponse, about: string): void {
  assert.ok(status >= 400, about)
  checkSchema(DOCUMENT.components.schemas.Error, text, about)
  assert.deepEqual(Object.keys(JSON.parse(text)), ['error_code', 'message'], about)
}

function checkSchema(schema: object, text: string, about: string): void {
  const [, errors] = Schema.Errors(schema, JSON.parse(text))
  const faults = errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
  assert.deepEqual(faults, [], about)
}

function essenceOf(contentType: string): string {
  return (contentType.split(';')[0] as string).trim()
}
