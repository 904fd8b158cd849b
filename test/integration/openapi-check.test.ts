/** The judge of all other tests' responses refuses what the document does not declare. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BINARY, V2 } from '../media-types.ts'
import { checkResponse, type JudgedResponse } from './openapi-check.ts'

const ERROR = '{"error_code":404,"message":"No."}'
const PARTITION =
  '{"partition":0,"leader":1,"replicas":[{"broker":1,"leader":true,"in_sync":true}]}'

type Row = [what: string, request: string, response: JudgedResponse]

const good: Row[] = [
  ['a body', 'GET /topics/t/partitions/0', { status: 200, contentType: V2, text: PARTITION }],
  ['a type with parameters', 'GET /topics', { status: 200, contentType: `${V2}; q=1`, text: '[]' }],
  ['nothing', 'DELETE /consumers/g/instances/i', { status: 204, contentType: '', text: '' }],
  ['an error', 'GET /topics/t', { status: 404, contentType: V2, text: ERROR }],
  ['an error without a type', 'GET /topics', { status: 406, contentType: '', text: ERROR }],
  ['an unknown path', 'GET /nowhere', { status: 404, contentType: '', text: ERROR }],
  ['text', 'GET /metrics', { status: 200, contentType: 'text/plain; version=0.0.4', text: 'a 1' }],
]

const bad: Row[] = [
  ['status', 'GET /topics', { status: 201, contentType: V2, text: '[]' }],
  ['type', 'GET /topics', { status: 200, contentType: BINARY, text: '[]' }],
  ['lack of a type', 'GET /topics', { status: 200, contentType: '', text: '[]' }],
  ['type of a member', 'GET /topics', { status: 200, contentType: V2, text: '[1]' }],
  [
    'further member',
    'GET /topics/t/partitions/0',
    { status: 200, contentType: V2, text: PARTITION.replace('{', '{"more":1,') },
  ],
  [
    'lack of a member',
    'GET /topics/t/partitions/0',
    { status: 200, contentType: V2, text: '{"partition":0,"leader":1}' },
  ],
  [
    'body of a 204',
    'DELETE /consumers/g/instances/i',
    { status: 204, contentType: '', text: '{}' },
  ],
  ['type of a 204', 'DELETE /consumers/g/instances/i', { status: 204, contentType: V2, text: '' }],
  ['body of a HEAD', 'HEAD /topics', { status: 200, contentType: V2, text: '[]' }],
  ['error as text', 'GET /topics/t', { status: 404, contentType: V2, text: 'No.' }],
  ['type of an error', 'GET /topics/t', { status: 404, contentType: 'text/html', text: ERROR }],
  ['type of an error', 'GET /topics/t', { status: 404, contentType: BINARY, text: ERROR }],
  [
    'order in an error',
    'GET /topics/t',
    { status: 404, contentType: V2, text: '{"message":"No.","error_code":404}' },
  ],
  ['success of an unknown path', 'GET /nowhere', { status: 200, contentType: '', text: ERROR }],
]

function check([, request, response]: Row): void {
  const [method = '', path = ''] = request.split(' ')
  checkResponse(method, path, response)
}

describe('a response', () => {
  for (const row of good) test(`with ${row[0]} is allowed`, () => check(row))
  for (const row of bad) {
    const { status, contentType } = row[2]
    test(`to ${row[1]} with an undeclared ${row[0]} is refused (${status} ${contentType})`, () => {
      assert.throws(() => check(row), assert.AssertionError)
    })
  }
})
