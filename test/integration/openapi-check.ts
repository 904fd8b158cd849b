/** Judges responses by the OpenAPI document: what it does not declare, nobody may answer. */
import assert from 'node:assert/strict'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { openApi } from '../../src/api/description.ts'

/** What is judged of a response. */
export interface JudgedResponse {
  readonly status: number
  /** Empty when the response has none. */
  readonly contentType: string
  readonly text: string
}

interface ResponseDeclaration {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, ResponseDeclaration>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: { readonly Error: object } }
}

const DOCUMENT: Document = JSON.parse(openApi())

const ANY_TYPE = '*/*'
/** Types of errors whose route is unknown: of a 415, and of a request that is not understood. */
const TYPES_OF_ERRORS = ['', 'application/json', 'application/vnd.kafka.v2+json']

const validators = compiled()

const PATHS = Object.entries(DOCUMENT.paths).map(([template, operations]) => ({
  pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}/?$`),
  operations,
}))

/** The operation that a request asks for. HEAD asks for that of GET; `path` may have a query. */
export function findOperation(method: string, path: string): Operation | undefined {
  // The v3 API is served behind an alias, too.
  const pathname = (path.split('?')[0] ?? '').replace(/^\/kafka(?=\/v3\/)/, '')
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
  else if (method !== 'HEAD') checkError(response, TYPES_OF_ERRORS, about)
}

function checkDeclared(
  method: string,
  { operationId, responses }: Operation,
  response: JudgedResponse,
  about: string,
): void {
  const declared = responses[response.status]
  assert.ok(declared, `${operationId} does not declare this status: ${about}`)
  const type = essenceOf(response.contentType)
  if (!declared.content) {
    assert.equal(type, '', `${operationId} declares no body for this status: ${about}`)
    return
  }
  const entry = declared.content[type] ?? declared.content[ANY_TYPE]
  assert.ok(entry, `${operationId} does not declare this type: ${about}`)
  if (method === 'HEAD') return
  checkSchema(entry.schema, bodyOf(type, response.text, about), about)
  if (declared.content[ANY_TYPE]) checkError(response, typesOf(responses), about)
}

/** What an error may be written as: what its operation answers, or what any error may be. */
function typesOf(responses: Operation['responses']): string[] {
  const own = Object.values(responses).flatMap(({ content = {} }) => Object.keys(content))
  return [...TYPES_OF_ERRORS, ...own.filter((type) => type !== ANY_TYPE)]
}

function checkError(
  { status, contentType, text }: JudgedResponse,
  types: readonly string[],
  about: string,
): void {
  assert.ok(status >= 400, about)
  assert.ok(types.includes(essenceOf(contentType)), `not a type for an error: ${about}`)
  const body = parsed(text, about)
  checkSchema(DOCUMENT.components.schemas.Error, body, about)
  assert.deepEqual(Object.keys(body), ['error_code', 'message'], about)
}

function checkSchema(schema: object, value: unknown, about: string): void {
  const validate = validators.get(schema)
  assert.ok(validate, about)
  const faults = validate(value) ? [] : (validate.errors ?? []).map(describe)
  assert.deepEqual(faults, [], about)
}

function describe({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}

function bodyOf(type: string, text: string, about: string): unknown {
  return type.endsWith('json') || type === '' ? parsed(text, about) : text
}

function parsed(text: string, about: string): object {
  try {
    return JSON.parse(text)
  } catch {
    assert.fail(`no JSON: ${about}`)
  }
}

function essenceOf(contentType: string): string {
  return (contentType.split(';')[0] as string).trim()
}

/** A validator for each schema of a response, and for that of errors. */
function compiled(): Map<object, ValidateFunction> {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false })
  addFormats.default(ajv)
  for (const [name, schema] of Object.entries(DOCUMENT.components.schemas)) {
    ajv.addSchema(closed(schema) as object, name)
  }
  const schemas = Object.values(DOCUMENT.paths)
    .flatMap((operations) => Object.values(operations))
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ content = {} }) => Object.values(content).map(({ schema }) => schema))
  const all = [...schemas, DOCUMENT.components.schemas.Error]
  return new Map(all.map((schema) => [schema, ajv.compile(closed(schema) as object)]))
}

/**
 * A copy in which objects have no members but the declared ones: a client may find more some day, but
 * what is there today is to be declared. References lead to
 * the document's own schemas, by their names.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(
    Object.entries(schema).map(([name, member]) => [name, closed(member)]),
  )
  if (typeof copy['$ref'] === 'string') copy['$ref'] = copy['$ref'].replace(/^.*\//, '')
  const isOpen =
    copy['type'] === 'object' && copy['properties'] && !('additionalProperties' in copy)
  return isOpen ? { ...copy, additionalProperties: false } : copy
}
