/** The rights of a process in its cluster: a missing one ends the start, and the log names it. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { startKafka } from '../../cluster/kafka.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { startSluice } from '../../cluster/sluice.ts'

const kafka = await startKafka({
  config: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
  },
})
after(() => kafka.stop())

/** The rows of the table in docs/clustering.md, except for CREATE. */
const RIGHTS = [
  ['group', 'READ'],
  ['group', 'DESCRIBE'],
  ['topic', 'READ'],
  ['topic', 'WRITE'],
  ['topic', 'DESCRIBE'],
] as const

/** Lets everybody do all but `operation`. */
async function deny(operation: string, ...resource: string[]): Promise<void> {
  const add = (who: string, what: string) =>
    runKafkaTool('org.apache.kafka.tools.AclCommand', [
      ...['--bootstrap-server', kafka.bootstrapServers, '--add', '--force'],
      ...[who, 'User:*', ...resource, '--operation', what],
    ])
  await add('--allow-principal', 'ALL')
  await add('--deny-principal', operation)
}

/** Starts a process of a cluster. Returns its log when it has ended, and its exit code. */
async function startAndEnd(id: string): Promise<{ log: string; code: number | null | undefined }> {
  const [port] = await freePorts(1)
  let log = ''
  try {
    const sluice = await startSluice(kafka.bootstrapServers, {
      'sluice.cluster.id': id,
      'sluice.peer.secret': 'a secret of the tests',
      'sluice.peer.listeners': `http://127.0.0.1:${port}`,
      'sluice.shutdown.delay.ms': '0',
    })
    const end = Date.now() + 60_000
    while (!sluice.ending && Date.now() < end) await new Promise((done) => setTimeout(done, 50))
    const { ending } = sluice
    await sluice.stop('SIGKILL')
    log = sluice.log()
    return { log, code: ending?.code }
  } catch (error) {
    // It has ended before it was asked whether it answers.
    return { log: String(error), code: 1 }
  }
}

describe('a process without a right ends, and names it', { concurrency: 2 }, () => {
  for (const [kind, operation] of RIGHTS) {
    test(`${operation} on the ${kind}`, async () => {
      const id = `${kind}-${operation}`.toLowerCase()
      const name = kind === 'group' ? `_sluice-${id}` : `_sluice-${id}-instances`
      await kafka.createTopic(`_sluice-${id}-instances`)
      await deny(operation, `--${kind}`, name)
      const { log, code } = await startAndEnd(id)
      assert.equal(code, 1, log)
      assert.match(log, new RegExp(`needs the right ${operation} on ${kind} ${name}\\b`))
    })
  }
})

test('a process that may not create the missing topic ends, and names the right', async () => {
  const name = '_sluice-create-instances'
  await deny('CREATE', '--topic', name)
  await deny('CREATE', '--cluster')
  const { log, code } = await startAndEnd('create')
  assert.equal(code, 1, log)
  assert.match(log, new RegExp(`needs the right CREATE on topic ${name}\\b`))
})
