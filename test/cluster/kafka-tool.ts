/** Runs the command-line tools that come with Kafka: a witness that shares no code with Sluice. */
import { spawn } from 'node:child_process'
import { kafkaClassPath } from './kafka-jars.ts'

/** How a Kafka tool is run. */
export interface KafkaToolOptions {
  /** What the tool reads from standard input; nothing when absent. */
  input?: string | Buffer
  /** After this long the tool is killed and the call fails. 90 s when absent. */
  timeoutMs?: number
}

/** What a tool is started with: a short life on little memory. */
const JVM_ARGUMENTS = [
  '-Xmx256m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
]

/**
 * Runs the main class of a Kafka tool, such as `org.apache.kafka.tools.GetOffsetShell`, and
 * returns its standard output. Throws, with what it wrote to standard error, when it fails.
 */
export async function runKafkaTool(
  mainClass: string,
  args: readonly string[],
  options: KafkaToolOptions = {},
): Promise<Buffer> {
  const timeoutMs = options.timeoutMs ?? 90_000
  const child = spawn('java', [...JVM_ARGUMENTS, '-cp', kafkaClassPath(), mainClass, ...args], {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A tool that fails before it has read its input closes the pipe; its exit code tells the rest.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...outcome) => resolve(outcome))
  })
  if (code === 0) return Buffer.concat(stdout)
  const outcome = signal ? `was ended by ${signal} (limit ${timeoutMs} ms)` : `exited with ${code}`
  throw new Error(`${mainClass} ${outcome}.\n${Buffer.concat([...stdout, ...stderr])}`)
}
