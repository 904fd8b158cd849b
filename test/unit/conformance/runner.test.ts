/** The runner finds every wrong answer, and every known difference that is none any more. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Case, Deviation, Step } from '../../conformance/case.ts'
import { type Outcome, runCase } from '../../conformance/runner.ts'
import { type FakeAnswer, startFakeProxy } from './fake-proxy.ts'

const V2 = 'application/vnd.kafka.v2+json'

/** As cases write it. */
function variable(name: string): string {
  return `\${${name}}`
}

function caseOf(...steps: Step[]): Case {
  return { case: 'one', title: 'One', of: [], steps }
}

/** What becomes of a case when the proxy gives these answers, the last one for ever. */
async function outcomeOf(
  each: Case,
  answers: FakeAnswer[],
  deviation?: Deviation,
): Promise<Outcome> {
  const proxy = await startFakeProxy((_, index) => answers[index] ?? (answers.at(-1) as FakeAnswer))
  try {
    return await runCase(each, proxy, deviation)
  } finally {
    proxy.stop()
  }
}

const GOOD: FakeAnswer = {
  status: 404,
  type: V2,
  text: '{"error_code":40402,"message":"Partition not found."}',
}
const STEP: Step = {
  send: 'GET /topics/t',
  status: 404,
  headers: { 'content-type': variable('V2'), server: null },
  error: 40402,
  message: '^Partition',
}

describe('an answer', () => {
  test('as it should be is the same', async () => {
    assert.deepEqual(await outcomeOf(caseOf(STEP), [GOOD]), { verdict: 'same', faults: [] })
  })

  const wrong: [what: string, answer: FakeAnswer][] = [
    ['another status', { ...GOOD, status: 400 }],
    ['another type', { ...GOOD, type: 'application/json' }],
    ['no type', { status: 404, text: GOOD.text as string }],
    ['another code', { ...GOOD, text: '{"error_code":404,"message":"Partition not found."}' }],
    ['another message', { ...GOOD, text: '{"error_code":40402,"message":"No partition."}' }],
    [
      'the members in another order',
      { ...GOOD, text: '{"message":"Partition","error_code":40402}' },
    ],
    ['one more member', { ...GOOD, text: '{"error_code":40402,"message":"Partition","x":1}' }],
    ['no JSON', { ...GOOD, text: 'Partition not found.' }],
    ['nothing', { ...GOOD, text: '' }],
  ]
  for (const [what, answer] of wrong) {
    test(`with ${what} is different`, async () => {
      const { verdict, faults } = await outcomeOf(caseOf(STEP), [answer])
      assert.equal(verdict, 'different')
      assert.match(faults[0] ?? '', /^step 1, GET \/topics\/t: /)
    })
  }

  test('with a header that must not be there is different', async () => {
    const step: Step = { send: 'GET /', status: 404, headers: { 'content-type': null } }
    assert.equal((await outcomeOf(caseOf(step), [GOOD])).verdict, 'different')
  })

  test('that comes too early, or too late, is different', async () => {
    const early: Step = { send: 'GET /', status: 404, atLeastMs: 60_000 }
    const late: Step = { send: 'GET /', status: 404, atMostMs: 0 }
    assert.equal((await outcomeOf(caseOf(early), [GOOD])).verdict, 'different')
    assert.equal((await outcomeOf(caseOf(late), [GOOD])).verdict, 'different')
  })

  test('with another text than the expected one is different', async () => {
    const step: Step = { send: 'GET /', status: 404, text: '^x$' }
    assert.equal((await outcomeOf(caseOf(step), [GOOD])).verdict, 'different')
  })

  test('that does not come is different', async () => {
    const proxy = { url: 'http://127.0.0.1:9', createTopic: async () => {}, variables: {} }
    const { verdict, faults } = await runCase(caseOf(STEP), proxy)
    assert.equal(verdict, 'different')
    assert.match(faults[0] ?? '', /ECONNREFUSED/)
  })

  test('to a later step is judged as well', async () => {
    const { verdict, faults } = await outcomeOf(caseOf(STEP, STEP), [GOOD, { status: 200 }])
    assert.equal(verdict, 'different')
    assert.match(faults[0] ?? '', /^step 2, /)
  })
})

describe('a step', () => {
  test('may use what an earlier answer said', async () => {
    const proxy = await startFakeProxy(() => ({ status: 200, text: '{"a":{"b":"c"}}' }))
    const steps = [
      { send: 'GET /', status: 200, keep: { name: '/a/b' } },
      { send: `GET /${variable('name')}`, status: 200 },
    ]
    await runCase(caseOf(...steps), proxy)
    proxy.stop()
    assert.deepEqual(proxy.asked, ['GET /', 'GET /c'])
  })

  test('with tries is repeated until its answer is right, and no longer than it may', async () => {
    const patient = { ...STEP, tries: 3 }
    assert.equal((await outcomeOf(caseOf(patient), [{ status: 200 }, GOOD])).verdict, 'same')
    const late = [{ status: 200 }, { status: 200 }, { status: 200 }, GOOD]
    assert.equal((await outcomeOf(caseOf(patient), late)).verdict, 'different')
  })

  test('that names an unknown variable is different', async () => {
    const { verdict, faults } = await outcomeOf(
      caseOf({ send: `GET /${variable('nobody')}`, status: 404 }),
      [GOOD],
    )
    assert.equal(verdict, 'different')
    assert.match(faults[0] ?? '', /nobody is unknown/)
  })
})

test('what a case takes for granted and does not get makes it different', async () => {
  const each: Case = { ...caseOf(STEP), consumers: { c: { assign: [] } } }
  const { verdict, faults } = await outcomeOf(each, [GOOD])
  assert.equal(verdict, 'different')
  assert.match(faults[0] ?? '', /before the first step, POST \/consumers/)
})

describe('a known difference', () => {
  const deviation: Deviation = {
    case: 'one',
    step: 1,
    reason: 'It is better so.',
    instead: { status: 400, error: 400 },
  }
  const known: FakeAnswer = { status: 400, text: '{"error_code":400,"message":"No."}' }

  test('is known', async () => {
    assert.deepEqual(await outcomeOf(caseOf(STEP), [known], deviation), {
      verdict: 'known',
      faults: [],
    })
  })

  test('that is none any more is stale, and not passed over', async () => {
    const { verdict, faults } = await outcomeOf(caseOf(STEP), [GOOD], deviation)
    assert.equal(verdict, 'stale')
    assert.equal(faults.length, 1)
  })

  test('does not excuse another one', async () => {
    const other = { ...known, status: 500 }
    assert.equal((await outcomeOf(caseOf(STEP), [other], deviation)).verdict, 'different')
  })

  test('of a step that there is not is an error', async () => {
    const nowhere = { ...deviation, step: 2 }
    assert.equal((await outcomeOf(caseOf(STEP), [GOOD], nowhere)).verdict, 'different')
  })
})
