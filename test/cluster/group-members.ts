/** The members of a consumer group as its coordinator lists them, by Kafka's own tool. */
import { runKafkaTool } from './kafka-tool.ts'

/** The member ids of a group with the classic protocol; none when the group is empty. */
export async function groupMembers(bootstrapServers: string, group: string): Promise<string[]> {
  const arguments_ = ['--bootstrap-server', bootstrapServers, '--describe', '--members']
  const output = await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...arguments_,
    '--group',
    group,
  ])
  const rows = output
    .toString()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return rows.flatMap(([name, member]) => (name === group && member ? [member] : []))
}
