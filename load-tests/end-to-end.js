/**
 * What mixed.js and soak.js share: one group reads and commits what others produce at the same
 * time. At the end the group must have committed every record.
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import {
  commit,
  DURATION,
  instanceOf,
  produce,
  read,
  remove,
  runId,
  subscribe,
  uncommitted,
  warmUp,
} from './v2-requests.js'

const MEMBERS = 4
const RECORDS = 20

const endToEnd = new Trend('end_to_end', true)

/** One scenario for each member of the group, so that each knows which one it is. */
export const MEMBER_SCENARIOS = Object.fromEntries(
  Array.from({ length: MEMBERS }, (_, member) => [
    `member_${member}`,
    {
      executor: 'constant-vus',
      vus: 1,
      duration: DURATION,
      exec: 'readAndCommit',
      env: { MEMBER: String(member) },
    },
  ]),
)

/** Latency limits of the group's and the producers' requests. */
export const LATENCY = {
  'http_req_duration{name:produce}': ['p(99)<1000'],
  end_to_end: ['p(95)<3000'],
}

/** k6's setup: the group is complete before the first record comes. */
export function setup() {
  warmUp()
  const run = runId()
  for (let member = 0; member < MEMBERS; member++) {
    subscribe(memberOf(run, member), {
      'auto.offset.reset': 'latest',
      'auto.commit.enable': false,
    })
  }
  for (let member = 0; member < MEMBERS; member++) read(memberOf(run, member))
  return run
}

/** Produces json records that carry the time of their sending. */
export function produceTimed() {
  const records = Array.from({ length: RECORDS }, () => ({ value: { sent_at: Date.now() } }))
  produce(JSON.stringify({ records }), RECORDS, 'json')
}

/** Reads as the member that the scenario is for, and commits what came. */
export function readAndCommit(run) {
  const member = memberOf(run, __ENV.MEMBER)
  const records = read(member)
  const now = Date.now()
  for (const { value } of records) endToEnd.add(now - value.sent_at)
  if (records.length > 0) commit(member)
}

/** k6's teardown: reads what is left, and checks that nothing is missing. */
export function teardown(run) {
  const members = Array.from({ length: MEMBERS }, (_, member) => memberOf(run, member))
  for (const member of members) {
    while (read(member).length > 0);
    commit(member)
  }
  check(uncommitted(members[0]), { 'the group has read every record': (count) => count === 0 })
  for (const member of members) remove(member)
}

function memberOf(run, member) {
  return instanceOf(`group-${run}`, `member-${member}`, 'json')
}
