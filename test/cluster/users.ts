/** A Kafka that knows users with passwords and their rights, and what they may do. */
import type { Kafka } from './kafka.ts'
import { runKafkaTool } from './kafka-tool.ts'

/** A user of Kafka and its password. */
export interface KafkaUser {
  readonly name: string
  readonly password: string
}

/**
 * Lines of `server.properties` for brokers that ask for passwords at the listener SASL, and for rights everywhere. The
 * clients of the other listener may do everything, and so may `administrator`. Users of PLAIN are `plain`; those of
 * SCRAM-SHA-512 come with `addScramUser`.
 */
export function guardedBy(
  administrator: KafkaUser,
  plain: readonly KafkaUser[],
): Record<string, string> {
  const users = [administrator, ...plain].map(({ name, password }) => `user_${name}="${password}"`)
  const modules = 'org.apache.kafka.common.security'
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.sasl.plain.sasl.jaas.config': `${modules}.plain.PlainLoginModule required ${users.join(' ')};`,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': `${modules}.scram.ScramLoginModule required;`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:ANONYMOUS;User:${administrator.name}`,
  }
}

/** The login module of a user, as entries of JAAS files and `sasl.jaas.config` have it. */
export function loginModule(
  { name, password }: KafkaUser,
  kind: 'Plain' | 'Scram' = 'Plain',
): string {
  const className = `org.apache.kafka.common.security.${kind.toLowerCase()}.${kind}LoginModule`
  return `${className} required username="${name}" password="${password}";`
}

/** Adds a user of SCRAM-SHA-512. */
export async function addScramUser(kafka: Kafka, { name, password }: KafkaUser): Promise<void> {
  await runKafkaTool('kafka.admin.ConfigCommand', [
    ...['--bootstrap-server', kafka.bootstrapServers, '--alter'],
    ...['--entity-type', 'users', '--entity-name', name],
    ...['--add-config', `SCRAM-SHA-512=[iterations=4096,password=${password}]`],
  ])
}

/** Allows a user operations on a topic or a group. */
export async function allow(
  kafka: Kafka,
  user: Pick<KafkaUser, 'name'>,
  resource: { readonly topic: string } | { readonly group: string },
  operations: readonly string[],
): Promise<void> {
  const [kind, name] = Object.entries(resource)[0] as [string, string]
  await runKafkaTool('org.apache.kafka.tools.AclCommand', [
    ...['--bootstrap-server', kafka.bootstrapServers, '--add', '--force'],
    ...['--allow-principal', `User:${user.name}`, `--${kind}`, name],
    ...operations.flatMap((operation) => ['--operation', operation]),
  ])
}
