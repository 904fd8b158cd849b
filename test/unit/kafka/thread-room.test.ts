/** How many threads there may be, as the files of Linux say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { threadRoom, threadWarning } from '../../../src/kafka/thread-room.ts'

const LIMITS =
  'Limit  Soft Limit  Hard Limit  Units\nMax processes             4000   9000   processes\n'

function system(files: Record<string, string>) {
  return (path: string) => files[path]
}

test('the tightest of a control group and those around it counts', () => {
  const read = system({
    '/proc/self/cgroup': '0::/pods/sluice\n',
    '/sys/fs/cgroup/pods/sluice/pids.max': 'max\n',
    '/sys/fs/cgroup/pods/sluice/pids.current': '20\n',
    '/sys/fs/cgroup/pods/pids.max': '1024\n',
    '/sys/fs/cgroup/pods/pids.current': '24\n',
    '/proc/self/limits': LIMITS,
  })
  assert.deepEqual(threadRoom(read, 1000), {
    threads: 1000,
    limit: 'pids.max=1024 of the control group /pods',
  })
})

test('control groups of version 1 have a folder of their own for the limit', () => {
  const read = system({
    '/proc/self/cgroup': '9:name=systemd:/\n8:pids:/docker/abc\n0::/\n',
    '/sys/fs/cgroup/pids/pids.max': '100\n',
    '/sys/fs/cgroup/pids/pids.current': '150\n',
  })
  assert.deepEqual(threadRoom(read, 0), {
    threads: 0,
    limit: 'pids.max=100 of the control group /',
  })
})

test('the limit of a user counts for all but root', () => {
  const read = system({ '/proc/self/limits': LIMITS })
  assert.equal(threadRoom(read, 1000)?.threads, 4000)
  assert.equal(threadRoom(read, 0), undefined)
})

test('no limit is none', () => {
  const unlimited = system({
    '/proc/self/limits': 'Max processes   unlimited  unlimited processes\n',
  })
  assert.equal(threadRoom(unlimited, 1000), undefined)
  assert.equal(
    threadRoom(() => undefined, undefined),
    undefined,
  )
  assert.equal(threadWarning(1000, 3, undefined), undefined)
})

test('the warning says how many instances fit', () => {
  const room = { threads: 964, limit: 'pids.max=1048 of the control group /' }
  assert.equal(threadWarning(100, 3, room), undefined)
  assert.match(
    threadWarning(101, 3, room) ?? '',
    /^pids\.max=1048 .* about 100 consumer instances \(9 threads each\)/,
  )
  assert.match(threadWarning(1, 3, { threads: 5, limit: 'x' }) ?? '', /about 0 consumer instances/)
})
