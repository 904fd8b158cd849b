/** A Kafka for the worlds in which Kafka refuses something, and makes no topics by itself. */
import { randomUUID } from 'node:crypto'
import { startKafka } from '../cluster/kafka.ts'
import { runKafkaTool } from '../cluster/kafka-tool.ts'

/** It, with the variables of worlds.json that tell what it refuses. */
export interface RefusingKafka {
  readonly variables: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts it, which takes about ten seconds. */
export async function startRefusingKafka(): Promise<RefusingKafka> {
  const kafka = await startKafka({
    config: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
      'auto.create.topics.enable': 'false',
    },
  })
  const unique = randomUUID().slice(0, 8)
  const [denied, readonly, deniedgroup] = ['denied', 'readonly', 'group'].map(
    (name) => `${name}-${unique}`,
  ) as [string, string, string]
  await Promise.all([kafka.createTopic(denied), kafka.createTopic(readonly)])
  const rule = (...what: string[]) =>
    runKafkaTool('org.apache.kafka.tools.AclCommand', [
      ...['--bootstrap-server', kafka.bootstrapServers, '--add', '--force', ...what],
    ])
  const deny = ['--deny-principal', 'User:*']
  await Promise.all([
    rule(...deny, '--topic', denied, '--operation', 'All'),
    rule(...deny, '--topic', readonly, '--operation', 'Write'),
    rule(...deny, '--group', deniedgroup, '--operation', 'All'),
    // A topic with any rule allows nothing that no rule of it allows.
    rule('--allow-principal', 'User:*', '--topic', readonly, '--operation', 'Read'),
  ])
  const { bootstrapServers: refusingservers, saslServers: saslservers } = kafka
  return {
    variables: { refusingservers, saslservers, denied, readonly, deniedgroup },
    stop: () => kafka.stop(),
  }
}
