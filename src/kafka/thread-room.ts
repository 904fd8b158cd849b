/** The number of threads that the limits of the system leave to Kafka's clients. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The tightest of the limits. */
export interface ThreadRoom {
  /** The number of further threads. */
  readonly threads: number
  /** The name and the value of the limit, for messages. */
  readonly limit: string
}

/** The threads of a librdkafka client without those for brokers, as in the engine's client.cc. */
const FIXED_THREADS = 3

/** One for the configured address of a broker, one for its advertised address. */
const THREADS_PER_BROKER = 2

/** The threads of the process itself: Node.js, the engine, the producer, and the engine's reserve. */
const OWN_THREADS = 64

/** Returns the text of a file; undefined when it cannot be read. */
type Read = (path: string) => string | undefined

/** Returns the tightest limit of this process, from files of Linux; undefined without a limit. */
export function threadRoom(
  read: Read = readText,
  userId = process.getuid?.(),
): ThreadRoom | undefined {
  const rooms = [...cgroupRooms(read), ...userRooms(read, userId)]
  return rooms.sort((a, b) => a.threads - b.threads)[0]
}

/**
 * Returns a warning when the limits are too tight for a number of consumer instances on a cluster of `brokers` brokers.
 * Each instance is a Kafka client.
 */
export function threadWarning(
  instances: number,
  brokers: number,
  room: ThreadRoom | undefined,
): string | undefined {
  if (!room) return undefined
  const each = FIXED_THREADS + THREADS_PER_BROKER * brokers
  const fitting = Math.max(0, Math.floor((room.threads - OWN_THREADS) / each))
  if (fitting >= instances) return undefined
  return (
    `${room.limit} leaves room for ${room.threads} threads, and so for about ${fitting} consumer instances ` +
    `(${each} threads each), while sluice.consumer.instances.max=${instances}. Others will be refused with 503. ` +
    'Raise the limit, or lower sluice.consumer.instances.max.'
  )
}

/** The limits of the process's control group and of its visible parents. */
function* cgroupRooms(read: Read): Generator<ThreadRoom> {
  // Version 2 has one line without a name; version 1 has a line for each controller.
  const lines = (read('/proc/self/cgroup') ?? '').matchAll(/^\d+:(|pids):(\/.*)$/gm)
  for (const [, controller = '', path = '/'] of lines) {
    for (const group of withParents(path)) {
      const room = roomOf(join('/sys/fs/cgroup', controller, group), read)
      if (room) yield { ...room, limit: `${room.limit} of the control group ${group}` }
    }
  }
}

function roomOf(folder: string, read: Read): ThreadRoom | undefined {
  const limit = Number.parseInt(read(join(folder, 'pids.max')) ?? '', 10)
  if (Number.isNaN(limit)) return undefined // "max" is no limit.
  const used = Number.parseInt(read(join(folder, 'pids.current')) ?? '0', 10)
  return { threads: Math.max(0, limit - used), limit: `pids.max=${limit}` }
}

function* withParents(path: string): Generator<string> {
  for (let group = path; ; group = dirname(group)) {
    yield group
    if (group === '/') return
  }
}

/** The limit of the user, which counts the threads of all of its processes. Root has none. */
function* userRooms(read: Read, userId: number | undefined): Generator<ThreadRoom> {
  const limit = /^Max processes\s+(\d+)/m.exec(read('/proc/self/limits') ?? '')?.[1]
  if (userId === 0 || limit === undefined) return
  yield { threads: Number(limit), limit: `The user's limit of ${limit} processes (ulimit -u)` }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
