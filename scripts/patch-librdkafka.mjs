/**
 * Mends one fault of the librdkafka that node-rdkafka has built, in place: see
 * docs/decisions/0018-a-wait-of-librdkafka-is-mended.md. Done again, it does nothing.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const SOURCE = 'deps/librdkafka/src/rdkafka_broker.c'
const LIBRARY = 'librdkafka.so.1'

/**
 * Texts of rd_kafka_toppar_producer_serve(), each there exactly once, and what takes their places.
 * A partition whose requests are all in flight has nothing to do before a response comes. When its
 * messages have lingered, librdkafka means to look at it again at once all the same.
 */
const CHANGES = [
  [
    `        rd_bool_t batch_ready     = rd_false;

        /* By limiting`,
    `        rd_bool_t batch_ready     = rd_false;
        rd_ts_t idle_wakeup;

        /* By limiting`,
  ],
  [
    `        if (unlikely(!may_send)) {
                /* Sends prohibited on the broker or instance level */`,
    `        idle_wakeup = *next_wakeup;

        if (unlikely(!may_send)) {
                /* Sends prohibited on the broker or instance level */`,
  ],
  [
    `        /* Check if allowed to create and enqueue a ProduceRequest */
        if (max_requests <= 0)
                return 0;
`,
    `        /* Check if allowed to create and enqueue a ProduceRequest */
        if (max_requests <= 0) {
                *next_wakeup = idle_wakeup;
                return 0;
        }
`,
  ],
]

/**
 * Mends the library that the addon in a folder links. Returns what prevented it, or null: Sluice
 * works without, but its producer may keep a core busy with waiting.
 */
export function patchLibrdkafka(nativeBindings) {
  const { locate } = createRequire(import.meta.url)(join(nativeBindings, 'locate.js'))
  const folder = join(nativeBindings, locate('node-rdkafka'))
  const source = join(folder, SOURCE)
  if (!existsSync(source)) return 'node-rdkafka was not built from librdkafka’s source'
  const before = readFileSync(source, 'utf8')
  const after = patched(before)
  if (after === null) return `${SOURCE} is not that of librdkafka 2.12`
  if (after !== before) writeFileSync(source, after)
  return rebuild(folder)
}

/** The text with all changes, which it may have already; null when it has no place for one. */
function patched(text) {
  for (const [old, mended] of CHANGES) {
    if (text.includes(mended)) continue
    if (text.split(old).length !== 2) return null
    text = text.replace(old, () => mended)
  }
  return text
}

/** Compiles what has changed, and puts the library where node-rdkafka and the addon load it. */
function rebuild(folder) {
  const directory = join(folder, 'deps/librdkafka/src')
  const built = join(directory, LIBRARY)
  const loaded = join(folder, 'build/deps', LIBRARY)
  const { status, stderr, error } = spawnSync('make', ['-C', directory, LIBRARY], {
    encoding: 'utf8',
  })
  if (status !== 0) return `make failed: ${error?.message ?? stderr.trim()}`
  if (readFileSync(built).equals(readFileSync(loaded))) return null
  // Renamed over it, because a process may have it loaded.
  copyFileSync(built, `${loaded}.new`)
  renameSync(`${loaded}.new`, loaded)
  return null
}
