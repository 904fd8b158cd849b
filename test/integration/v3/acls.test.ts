/** Access control lists in the v3 API. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await startKafka({
  config: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
  },
})
const { rest, url } = await setTheStage({}, { kafka })

let id = ''
let acls = ''
before(async () => {
  id = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  acls = `/v3/clusters/${id}/acls`
})

function acl(resource_name: string, changes: object = {}) {
  return {
    resource_type: 'TOPIC',
    resource_name,
    pattern_type: 'LITERAL',
    principal: 'User:alice',
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
    ...changes,
  }
}

const selfOf = (name: string) =>
  `${url}${acls}?resource_type=TOPIC&resource_name=${name}&pattern_type=LITERAL&principal=User%3Aalice&host=*&operation=READ&permission=ALLOW`

const search = async (query: string) => (await rest.get(`${acls}?${query}`)).body

test('an ACL is created, found, and deleted', async () => {
  const name = uniqueName('acl')
  const created = await rest.post(acls, acl(name))
  assert.deepEqual([created.status, created.text], [201, ''])
  assert.equal(created.headers.location, selfOf(name))
  assert.equal((await rest.post(acls, acl(name))).status, 201, 'an existing one')
  const resource = {
    kind: 'KafkaAcl',
    metadata: { self: selfOf(name) },
    cluster_id: id,
    ...acl(name),
  }
  await until('the ACL', async () => {
    const { data } = await search(`resource_type=topic&resource_name=${name}`)
    return data.length === 1
  })
  const found = await search(`resource_type=topic&resource_name=${name}`)
  assert.deepEqual(found, {
    kind: 'KafkaAclList',
    metadata: {
      self: `${url}${acls}?resource_type=TOPIC&resource_name=${name}&pattern_type=ANY&principal=&host=&operation=ANY&permission=ANY`,
      next: null,
    },
    data: [resource],
  })
  const tool = await runKafkaTool('org.apache.kafka.tools.AclCommand', [
    ...['--bootstrap-server', kafka.bootstrapServers, '--list', '--topic', name],
  ])
  assert.match(tool.toString(), /principal=User:alice, host=\*, operation=READ/)
  const query = `resource_type=topic&resource_name=${name}&pattern_type=any&operation=any&permission=any`
  const deleted = await rest.delete(`${acls}?${query}`)
  assert.deepEqual([deleted.status, deleted.body], [200, { data: [resource] }])
  await until('its end', async () => (await search(`resource_name=${name}`)).data.length === 0)
  assert.deepEqual((await rest.delete(`${acls}?${query}`)).body, { data: [] })
})

test('several ACLs are created at once, and are listed in the order of their members', async () => {
  const name = uniqueName('acl')
  const data = [
    acl(`${name}-b`),
    acl(`${name}-a`, { operation: 'WRITE' }),
    acl(`${name}-a`, { permission: 'DENY' }),
    acl(`${name}-a`),
    acl(name, { resource_type: 'GROUP', pattern_type: 'PREFIXED' }),
  ]
  const created = await rest.post(`${acls}:batch`, { data })
  assert.deepEqual([created.status, created.text], [204, ''])
  const mine = async () =>
    (await search('principal=User:alice')).data.filter((each: { resource_name: string }) =>
      each.resource_name.startsWith(name),
    )
  await until('the ACLs', async () => (await mine()).length === data.length)
  const listed = (await mine()).map((each: Record<string, string>) =>
    [each['resource_name'], each['operation'], each['permission']].join(' '),
  )
  assert.deepEqual(listed, [
    `${name}-a READ DENY`,
    `${name}-a READ ALLOW`,
    `${name}-a WRITE ALLOW`,
    `${name}-b READ ALLOW`,
    `${name} READ ALLOW`,
  ])
  assert.equal((await rest.post(`${acls}:batch`, { data: [] })).status, 204)
})

test('requests that name no single ACL are refused, and create nothing', async () => {
  const name = uniqueName('acl')
  const bad = (text: string) => [400, 400, `Bad Request: ${text}`] as const
  const post = (body: object | string) =>
    rest.post(acls, body, { 'content-type': 'application/json' })
  for (const [body, [status, code, message]] of [
    [acl(name, { resource_type: 'ANY' }), bad('resource_type cannot be ANY')],
    [acl(name, { resource_type: 'UNKNOWN' }), bad('resource_type cannot be ANY')],
    [acl(name, { pattern_type: 'MATCH' }), bad('pattern_type cannot be MATCH')],
    [acl(name, { operation: 'ANY' }), bad('operation cannot be ANY')],
    [acl(name, { permission: 'UNKNOWN' }), bad('permission cannot be ANY')],
    ['', [422, 42206, 'Payload error. Null input provided. Data is required.']],
  ] as const) {
    const answer = await post(body)
    assert.deepEqual([answer.status, answer.body], [status, { error_code: code, message }])
  }
  for (const body of [acl(name, { operation: 'read' }), {}, '{"resource_type":']) {
    assert.deepEqual((await post(body)).body.error_code, 400)
  }
  const batch = await rest.post(`${acls}:batch`, { data: [acl(name), acl(name, { host: {} })] })
  assert.equal(batch.status, 400)
  assert.deepEqual((await search(`resource_name=${name}`)).data, [])
  for (const body of [{}, { data: null }]) {
    assert.deepEqual((await rest.post(`${acls}:batch`, body)).body, {
      error_code: 42206,
      message: 'Payload error. Empty input provided. Data is required.',
    })
  }
})

test('queries are checked: unknown names are 404, and a deletion must name its kinds', async () => {
  const teapot = await rest.get(`${acls}?resource_type=teapot`)
  const message = "The valid values for ResourceType do not include 'teapot'"
  assert.deepEqual([teapot.status, teapot.body], [404, { error_code: 404, message }])
  assert.deepEqual(await search('operation=unknown'), {
    error_code: 400,
    message: 'Bad Request: operation cannot be UNKNOWN',
  })
  for (const [query, member] of [
    ['', 'resource_type'],
    ['resource_type=topic', 'pattern_type'],
    ['resource_type=topic&pattern_type=any', 'operation'],
    ['resource_type=topic&pattern_type=any&operation=any', 'permission'],
  ]) {
    assert.deepEqual((await rest.delete(`${acls}?${query}`)).body, {
      error_code: 400,
      message: `Bad Request: ${member} cannot be unspecified or UNKNOWN`,
    })
  }
  const token = await rest.get(`${acls}?resource_type=delegation_token`)
  assert.deepEqual([token.status, token.body.error_code], [400, 40002])
})
