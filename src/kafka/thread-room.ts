/** How many threads the system gives this process, as its limits say: what Kafka's clients need. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The tightest of the limits. */
export interface ThreadRoom {
  /** How many threads more there may be. */
  readonly threads: number
  /** The limit, for an operator. */
  readonly limit: string
}

/** librdkafka's threads of a client besides those for brokers, as in client.cc of the engine. */
const FIXED_THREADS = 3

/** One to a broker as it is configured, one as the cluster names it. */
const THREADS_PER_BROKER = 2

/** For the process itself: Node.js, the engine, the producer, and what the engine keeps free. */
const OWN_THREADS = 64

/** The text of a file; undefined when there is none that may be read. */
type Read = (path: string) => string | undefined

/** Of this process; undefined when nothing limits it. Asks files of Linux; elsewhere undefined. */
export function threadRoom(
  read: Read = readText,
  userId = process.getuid?.(),
): ThreadRoom | undefined {
  const rooms = [...cgroupRooms(read), ...userRooms(read, userId)]
  return rooms.sort((a, b) => a.threads - b.threads)[0]
}

/**
 * A warning for when there is no room for `instances` consumer instances that know `brokers`
 * brokers, each of which is a Kafka client; undefined when there is.
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

/** Of the process's control group and of those around it, as far as they can be seen. */
function* cgroupRooms(read: Read): Generator<ThreadRoom> {
  // Version 2 has one line without names; version 1 has one for each controller.
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
  if (Number.isNaN(limit)) return undefined // None is "max".
  const used = Number.parseInt(read(join(folder, 'pids.current')) ?? '0', 10)
  return { threads: Math.max(0, limit - used), limit: `pids.max=${limit}` }
}

function* withParents(path: string): Generator<string> {
  for (let group = path; ; group = dirname(group)) {
    yield group
    if (group === '/') return
  }
}

/** Of the user, all of whose processes count; those of root don't. */
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
