/** Schemas and values that are made to hang or to crash whoever validates. */
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Script } from 'node:vm'
import fc from 'fast-check'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'
import { describeErrors, jsonPrefix } from '../../../src/serde/json-schema/error-text.ts'
import { Steps } from '../../../src/serde/json-schema/steps.ts'
import { DEADLINES, DeadlineError } from '../../../src/serde/limits/deadline.ts'

function compile(schema: unknown): Codec {
  const codec = compileJsonSchema({ type: 'JSON', text: JSON.stringify(schema), references: [] })
  codec.prepareToEncode?.()
  return codec
}

/** Generous, for machines that do other things: without the bounds it would be hours. */
const BOUND_MS = 60_000

const { checkMs } = DEADLINES

beforeEach(() => {
  Object.assign(DEADLINES, { compileMs: BOUND_MS, checkMs: BOUND_MS })
})

function within(work: () => void): void {
  const started = performance.now()
  work()
  const took = performance.now() - started
  assert.ok(took < BOUND_MS, `took ${took} ms`)
}

const DRAFTS = [
  'http://json-schema.org/draft-04/schema#',
  'http://json-schema.org/draft-07/schema#',
  'https://json-schema.org/draft/2019-09/schema',
  'https://json-schema.org/draft/2020-12/schema',
]

for (const $schema of DRAFTS) {
  test(`references that double with each step are not all followed: ${$schema}`, () => {
    const definitions = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => {
        const next = { $ref: `#/definitions/d${index + 1}` }
        return [`d${index}`, { allOf: [next, next] }]
      }),
    )
    const codec = compile({
      $schema,
      $ref: '#/definitions/d0',
      definitions: { ...definitions, d60: {} },
    })
    within(() => assert.throws(() => codec.encode('1'), PayloadError))
  })

  test(`a schema that is nothing but itself comes to an end: ${$schema}`, () => {
    within(() => {
      for (const schema of [
        { $ref: '#' },
        { allOf: [{ $ref: '#' }] },
        { $ref: '#/definitions/a', definitions: { a: { $ref: '#/definitions/a' } } },
      ]) {
        let codec: Codec | undefined
        try {
          codec = compile({ $schema, ...schema })
        } catch (error) {
          assert.ok(error instanceof InvalidSchemaError)
        }
        if (codec !== undefined) assert.throws(() => codec.encode('1'), PayloadError)
      }
    })
  })

  test(`a recursive schema takes deep values: ${$schema}`, () => {
    const codec = compile({
      $schema,
      properties: { a: { $ref: '#' } },
      additionalProperties: false,
    })
    const deep = (depth: number) => `${'{"a":'.repeat(depth)}{}${'}'.repeat(depth)}`
    assert.equal(codec.encode(deep(900)).toString(), deep(900))
    assert.throws(() => codec.encode(deep(1001)), PayloadError)
    assert.throws(() => codec.encode(deep(100_000)), PayloadError)
  })
}

test('recursion over a value that doubles with each level is not all followed', () => {
  const self = { $ref: '#' }
  const codec = compile({ properties: { a: { allOf: [self, self] } } })
  const deep = `${'{"a":'.repeat(100)}{}${'}'.repeat(100)}`
  within(() => assert.throws(() => codec.encode(deep), PayloadError))
})

test('$dynamicRef and $recursiveRef are counted too', () => {
  const twice = (keyword: string) => {
    const self = { [keyword]: '#' }
    return { properties: { a: { allOf: [self, self] } } }
  }
  const deep = `${'{"a":'.repeat(100)}{}${'}'.repeat(100)}`
  within(() => {
    for (const [$schema, keyword] of [
      [DRAFTS[2], '$recursiveRef'],
      [DRAFTS[3], '$dynamicRef'],
    ] as const) {
      const codec = compile({ $schema, ...twice(keyword) })
      assert.throws(() => codec.encode(deep), PayloadError)
    }
  })
})

test('regular expressions that are made to take for ever do not', () => {
  const text = JSON.stringify(`${'a'.repeat(50_000)}!`)
  within(() => {
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', 'a*a*a*a*b', '(.*)*c']) {
      assert.throws(() => compile({ pattern }).encode(text), PayloadError, pattern)
      assert.throws(
        () => compile({ propertyNames: { pattern } }).encode(`{${text}:1}`),
        PayloadError,
      )
    }
  })
})

test('expressions that RE2 does not know are matched in counted steps', () => {
  const codec = compile({ pattern: '^(?!admin)(?=.*[0-9])\\w{1,2000}(?<!x)$' })
  codec.encode('"user1"')
  assert.throws(() => codec.encode('"admin1"'), PayloadError)
  const hostile = compile({ pattern: '^(a+)+(?=!)$' })
  within(() => {
    for (let round = 0; round < 3; round++) {
      assert.throws(
        () => hostile.encode(JSON.stringify(`${'a'.repeat(60)}!`)),
        (error) => error instanceof PayloadError && /too many steps/.test(error.message),
      )
    }
  })
  assert.throws(() => hostile.encode('"aa"'), /does not match/)
})

test('formats are judged in reasonable time', () => {
  const hostile = [
    'a'.repeat(20_000),
    '1'.repeat(20_000),
    ':'.repeat(20_000),
    `${'a.'.repeat(10_000)}!`,
    `a@${'a-'.repeat(10_000)}`,
    `a@${'a.'.repeat(10_000)}`,
    `http://${'a:'.repeat(10_000)}`,
    `http://${'%41'.repeat(7_000)}\\`,
    `${'/~'.repeat(10_000)}`,
    `{${'a,'.repeat(10_000)}`,
    `x:${'/'.repeat(20_000)} `,
    `//${'@'.repeat(20_000)}`,
  ]
  const formats = [
    ...['date', 'date-time', 'email', 'hostname', 'ipv4', 'ipv6', 'json-pointer', 'regex'],
    ...['relative-json-pointer', 'time', 'uri', 'uri-reference', 'uri-template'],
  ]
  within(() => {
    for (const format of formats) {
      const codec = compile({ format })
      for (const text of hostile) {
        try {
          codec.encode(JSON.stringify(text))
        } catch (error) {
          assert.ok(error instanceof PayloadError)
        }
      }
    }
  })
})

test('many items are compared in reasonable time', () => {
  const codec = compile({ uniqueItems: true })
  const items = Array.from({ length: 100_000 }, (_, index) => ({ a: index }))
  within(() => codec.encode(JSON.stringify(items)))
})

test('items within items are compared once, not again for each level around them', () => {
  const codec = compile({ uniqueItems: true, items: { $ref: '#' } })
  const items = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => index))
  within(() => codec.encode(`${'['.repeat(800)}1,${items}${']'.repeat(800)}`))
})

test('items are compared once, not again for each part of the schema that asks', () => {
  const allOf = Array.from({ length: 500 }, () => ({ uniqueItems: true }))
  const items = Array.from({ length: 20_000 }, (_, index) => index)
  within(() => compile({ allOf }).encode(JSON.stringify(items)))
})

test('a large expression on a long text is given up, and is right for others afterwards', () => {
  DEADLINES.checkMs = checkMs
  const codec = compile({ pattern: 'a[ab]{300}[cd]' })
  let text = ''
  for (let bits = 1; text.length < 1_000_000; bits = (bits * 48_271) % 0x7fffffff) {
    text += bits & 1024 ? 'a' : 'b'
  }
  const hostile = JSON.stringify(text)
  assert.throws(() => codec.encode(hostile), DeadlineError)
  codec.encode(JSON.stringify(`a${'b'.repeat(300)}c`))
  assert.throws(() => codec.encode('"ab"'), /does not match/)
})

test('a check that takes no steps of its own is given up too', () => {
  DEADLINES.checkMs = checkMs
  const steps = new Steps(1_000_000)
  const forEver = () => {
    for (;;);
  }
  assert.throws(() => steps.run(1000, forEver), DeadlineError)
})

test('a check whose steps take too long is given up, and the next one has its own time', (context) => {
  DEADLINES.checkMs = checkMs
  let now = 1
  context.mock.method(performance, 'now', () => now)
  const steps = new Steps(0)
  const slow = () => {
    for (let step = 0; step < 100; step++) {
      steps.take()
      now += 30
    }
  }
  assert.throws(() => steps.run(0, slow), DeadlineError)
  steps.run(0, () => {
    for (let step = 0; step < 100; step++) steps.take()
  })
})

test('what is valid, and what is not, does not depend on the clock', (context) => {
  DEADLINES.checkMs = checkMs
  const codec = compile({
    type: 'array',
    uniqueItems: true,
    items: { pattern: '^(?!b)a*$', multipleOf: 2, $ref: '#/definitions/a' },
    definitions: { a: { maxLength: 5 } },
  })
  const items = (count: number, last: unknown) =>
    JSON.stringify([...Array.from({ length: count }, (_, index) => 2 * index), last])
  const verdictOf = (json: string) => {
    try {
      codec.encode(json)
      return 'valid'
    } catch (error) {
      if (error instanceof DeadlineError) return 'no time'
      return (error as Error).name
    }
  }
  let now = 0
  let slowness = 0
  context.mock.method(performance, 'now', () => {
    now += slowness
    return now
  })
  for (const [json, verdict] of [
    [items(100, 'aaa'), 'valid'],
    [items(100, 'b'), 'PayloadError'],
    [items(100, 4), 'PayloadError'],
  ] as const) {
    for (const ms of [0, 10_000, 0]) {
      slowness = ms
      assert.equal(verdictOf(json), ms === 0 ? verdict : 'no time')
    }
  }
})

test('a schema that a slow machine has no time to compile is compiled when it has', (context) => {
  const codec = compileJsonSchema({ type: 'JSON', text: '{"type":"string"}', references: [] })
  const late = Object.assign(new Error('late'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' })
  const slow = context.mock.method(Script.prototype, 'runInThisContext', () => {
    throw late
  })
  assert.throws(() => codec.prepareToEncode?.(), DeadlineError)
  assert.throws(() => codec.encode('"a"'), DeadlineError)
  slow.mock.restore()
  assert.equal(codec.encode('"a"').toString(), '"a"')
  assert.throws(() => codec.encode('1'), PayloadError)
})

test('a value that fits none of many alternatives is described by the first of them', () => {
  const unread = () => assert.fail('described an error that is not shown')
  const rest = Array.from({ length: 100 }, () =>
    Object.defineProperty({}, 'keyword', { get: unread }),
  )
  const error = { keyword: 'enum', instancePath: '', schemaPath: '', params: {}, data: 1 }
  const sentence = '#: 1 is not a valid enum value'
  assert.equal(
    describeErrors([error, error, error, ...(rest as (typeof error)[]), error]),
    `${sentence} (${sentence}; ${sentence}; ${sentence})`,
  )
})

test('the beginning of a value is as the whole is written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(60), (value, limit) => {
      const whole = JSON.stringify(value)
      const beginning = jsonPrefix(value, limit)
      assert.equal(beginning.slice(0, limit), whole.slice(0, limit))
      if (whole.length <= limit) assert.equal(beginning, whole)
    }),
  )
})

test('a schema whose expressions are too large is refused, by their size', () => {
  const pattern = '\\pL{1000}'.repeat(100)
  const properties = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`p${index}`, { pattern: pattern + index }]),
  )
  assert.throws(
    () => compile({ properties }),
    (error) => error instanceof InvalidSchemaError && /are too large/.test(error.message),
  )
})

test('schemas that are nested too deeply are refused', () => {
  const nested = (depth: number) => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`
  const text = nested(100_000)
  assert.throws(() => compileJsonSchema({ type: 'JSON', text, references: [] }), InvalidSchemaError)
})

test('texts in a schema are never code', () => {
  const code = '*/;globalThis.wasRun=true;/*'
  const texts = [
    code,
    `"+(globalThis.wasRun=true)+"`,
    "'+(globalThis.wasRun=true)+'",
    '$'.concat('{globalThis.wasRun=true}'),
    '\u2028globalThis.wasRun=true',
  ]
  for (const text of texts) {
    for (const schema of [
      { $id: text },
      { title: text, $comment: text, description: text },
      { properties: { [text]: { const: text } }, required: [text] },
      { patternProperties: { [text.replaceAll(/[*+()?${}]/g, '.')]: { enum: [text] } } },
      { dependencies: { [text]: [text] } },
      { definitions: { [text]: { $id: text } }, format: text, [text]: text },
    ]) {
      try {
        const codec = compile(schema)
        codec.encode(JSON.stringify({ [text]: text }))
      } catch (error) {
        assert.ok(error instanceof InvalidSchemaError || error instanceof PayloadError)
      }
    }
  }
  assert.equal((globalThis as { wasRun?: boolean }).wasRun, undefined)
})
