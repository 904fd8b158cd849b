/** Schemas and values that are made to hang or to crash whoever validates. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'
import { describeErrors, jsonPrefix } from '../../../src/serde/json-schema/error-text.ts'
import { Steps } from '../../../src/serde/json-schema/steps.ts'

function compile(schema: unknown): Codec {
  const codec = compileJsonSchema({ type: 'JSON', text: JSON.stringify(schema), references: [] })
  codec.prepareToEncode?.()
  return codec
}

/** Generous, for machines that do other things: without the bounds it would be hours. */
const BOUND_MS = 60_000

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

test('a large expression on a long text is given up by its steps, and is right for others afterwards', () => {
  const codec = compile({ pattern: 'a[ab]{300}[cd]' })
  let text = ''
  for (let bits = 1; text.length < 1_000_000; bits = (bits * 48_271) % 0x7fffffff) {
    text += bits & 1024 ? 'a' : 'b'
  }
  const hostile = JSON.stringify(text)
  within(() =>
    assert.throws(
      () => codec.encode(hostile),
      (error) =>
        error instanceof PayloadError && /expressions take too many steps/.test(error.message),
    ),
  )
  codec.encode(JSON.stringify(`a${'b'.repeat(300)}c`))
  assert.throws(() => codec.encode('"ab"'), /does not match/)
})

test('work above the limit is refused with the limit, and the next value has its own', () => {
  const steps = new Steps()
  steps.start(0)
  steps.take(4_000_000)
  assert.throws(
    () => steps.take(1),
    (error) => error instanceof PayloadError && /more than 4000000/.test(error.message),
  )
  steps.start(1)
  steps.take(4_000_005)
})

const many = (count: number, one: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => one(index))
const named = (count: number, schema: unknown) =>
  Object.fromEntries(many(count, (index) => [`a${index}`, schema]) as [string, unknown][])

test('a large schema that is applied to many parts of a value is given up by its steps', () => {
  const objects = JSON.stringify(many(100_000, () => ({})))
  const members = JSON.stringify(named(20_000, 1))
  const text = JSON.stringify(`/${'x'.repeat(1_000_000)}`)
  const closed = { properties: named(5000, true), additionalProperties: false }
  const refs = many(1500, () => ({ $ref: '#/definitions/d' }))
  const cases: Readonly<Record<string, readonly [schema: object, value: string]>> = {
    properties: [{ items: { properties: named(1500, { type: 'string' }) } }, objects],
    required: [
      { items: { not: { anyOf: many(1000, (index) => ({ required: [`a${index}`] })) } } },
      objects,
    ],
    'all of them': [{ items: { allOf: many(1000, () => ({ type: 'object' })) } }, objects],
    'one within another': [
      JSON.parse(`{"items":${'{"not":{"not":'.repeat(200)}{"type":"object"}${'}}'.repeat(200)}}`),
      objects,
    ],
    'no other members': [
      { allOf: refs, definitions: { d: closed } },
      JSON.stringify(named(5000, 1)),
    ],
    'members of a schema': [
      { allOf: refs, definitions: { d: { additionalProperties: { type: 'number' } } } },
      members,
    ],
    'numbers of members': [{ allOf: refs, definitions: { d: { minProperties: 1 } } }, members],
    lengths: [{ allOf: refs, definitions: { d: { maxLength: 5_000_000 } } }, text],
    formats: [{ allOf: refs, definitions: { d: { format: 'json-pointer' } } }, text],
    'a schema among data': [
      { items: { $ref: '#/default' }, default: { properties: named(1500, { type: 'string' }) } },
      objects,
    ],
    'multiples of a number with many digits': [
      { items: { multipleOf: 12_345 } },
      `[${'0,'.repeat(200_000)}${many(30_000, () => `${'7'.repeat(900)}e900`)
        .slice(0, 2000)
        .join()}]`,
    ],
    'expressions in values': [
      { items: { format: 'regex' } },
      JSON.stringify(many(20_000, () => '[\\p{L}x]')),
    ],
    'many expressions': [
      { patternProperties: named(200, { type: 'number' }) },
      JSON.stringify(named(20_000, 1)),
    ],
    'a word of marks': [
      { pattern: '(?<=\\B)(\\b.)\\1+z' },
      JSON.stringify('\u0301'.repeat(100_000)),
    ],
  }
  for (const [name, [schema, value]] of Object.entries(cases)) {
    const codec = compileJsonSchema({
      type: 'JSON',
      text: JSON.stringify(schema).replace('12345', '7'.repeat(900)),
      references: [],
    })
    within(() => {
      assert.throws(
        () => codec.encode(value),
        (error) => error instanceof PayloadError && /too many steps/.test(error.message),
        name,
      )
    })
  }
})

test('evaluated properties that references pass on are counted, and many are found by their names', () => {
  const $schema = DRAFTS[3]
  const closed = (count: number) => ({
    $ref: '#/$defs/many',
    unevaluatedProperties: false,
    description: `${count}`,
  })
  const references = (count: number) => ({
    $schema,
    properties: Object.fromEntries(
      many(count, (index) => [`r${index}`, closed(index)]) as [string, unknown][],
    ),
    $defs: { many: { properties: named(1000, true) } },
  })
  within(() => {
    const codec = compile(references(50))
    codec.encode('{"r1":{"a0":1,"a999":2},"r49":{}}')
    for (const name of ['a1000', 'toString', '__proto__']) {
      assert.throws(() => codec.encode(`{"r1":{"${name}":1}}`), /extraneous key/)
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      assert.throws(
        () => compile({ ...references(0), [keyword]: many(2000, closed) }),
        (error) =>
          error instanceof InvalidSchemaError && /evaluate more than 300000/.test(error.message),
      )
    }
  })
})

test('lists of names and of patterns are compiled in linear time, or refused by their lengths', () => {
  const names = many(3000, (index) => `v${index}`)
  const patterns = (count: number) =>
    Object.fromEntries(many(count, (index) => [`^p${index}$`, true]) as [string, unknown][])
  within(() => {
    for (const schema of [
      { dependencies: { a: names } },
      { $schema: DRAFTS[3], dependentRequired: { a: names } },
      { $schema: DRAFTS[3], dependencies: { a: ['b'] }, dependentRequired: { a: names } },
    ]) {
      const codec = compile({ allOf: many(20, () => schema) })
      const all = Object.fromEntries(names.map((name) => [name, 1]))
      codec.encode(JSON.stringify({ ...all, a: 1, b: 1 }))
      codec.encode('{"b":1}')
      assert.throws(
        () => codec.encode(JSON.stringify({ ...all, a: 1, b: 1, v5: undefined })),
        /\[v5\]/,
      )
    }
    const lists = (count: number) => ({
      allOf: many(count, () => ({ patternProperties: patterns(500), additionalProperties: false })),
    })
    compile(lists(2))
    assert.throws(
      () => compile(lists(20)),
      (error) => error instanceof InvalidSchemaError && /patternProperties/.test(error.message),
    )
    compile({ enum: many(30_000, (index) => `v${index}`), required: names })
    assert.throws(
      () => compile({ enum: [...many(30_000, (index) => `v${index}`), 'v1'] }),
      /duplicate items/,
    )
  })
})

test('long lists of values, and values with parts, are compared in time that grows with the value', () => {
  const objects = many(3000, (index) => ({ a: index, b: [index, 'x'] }))
  const strings = many(20_000, (index) => `value ${index}`)
  const isOneOf = compile({ items: { enum: [...objects, ...strings, 1.5, null] } })
  const isConstant = compile({ items: { const: objects } })
  const values = (count: number) =>
    many(count, (index) => [objects[index % 3000], strings[index % 20_000], null, 1.5])
  within(() => {
    isOneOf.encode(JSON.stringify(values(20_000).flat()))
    assert.throws(() => isOneOf.encode('["value 20000"]'), /is not a valid enum value/)
    assert.throws(() => isOneOf.encode('[{"a":1,"b":[1]}]'), /is not a valid enum value/)
    isOneOf.encode('[{"b":[1,"x"],"a":1.0}, 15e-1]')
    isConstant.encode(JSON.stringify([objects, objects]))
    assert.throws(() => isConstant.encode(JSON.stringify([objects.slice(1)])), /expected \[/)
  })
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
