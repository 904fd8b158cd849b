/** The Avro codec: what it takes, what it gives, and what it says; and that nothing harms it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Codec, PayloadError } from '../../../src/serde/codec.ts'
import { codecOf, recordOf } from './avro-codec.ts'

const TREE = {
  type: 'record',
  name: 'Tree',
  fields: [
    { name: 'children', type: { type: 'array', items: 'Tree' } },
    { name: 'label', type: ['null', 'string'] },
  ],
}

function roundTrip(codec: Codec, json: string): string {
  return codec.decode(codec.encode(json))
}

function assertRefused(codec: Codec, json: string, message: string | RegExp): void {
  assert.throws(() => codec.encode(json), { name: 'PayloadError', message }, json.slice(0, 100))
}

function assertUndecodable(codec: Codec, hex: string, message: string | RegExp): void {
  const payload = Buffer.from(hex, 'hex')
  assert.throws(() => codec.decode(payload), { name: 'PayloadError', message }, hex)
}

/** Nothing a client sends may block others for long. The bound is generous for slow machines. */
function assertQuick(run: () => void): void {
  const started = performance.now()
  run()
  assert.ok(performance.now() - started < 5000)
}

test('the name of a record is its full name, and other types have none', () => {
  assert.equal(codecOf(recordOf('int', 'a.b.R')).recordName, 'a.b.R')
  assert.equal(codecOf({ type: 'enum', name: 'E', symbols: ['A'] }).recordName, undefined)
  assert.equal(codecOf('string').recordName, undefined)
})

test('longs keep all of their digits, in both directions', () => {
  const codec = codecOf('long')
  for (const digits of [
    '9007199254740993',
    '-9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '4611686018427387905',
    '999999999999999',
    '1000000000000001',
  ]) {
    assert.equal(roundTrip(codec, digits), digits)
  }
})

test('an integer may be written with a fraction or an exponent, if it is one', () => {
  const codec = codecOf('long')
  assert.equal(roundTrip(codec, '3.0'), '3')
  assert.equal(roundTrip(codec, '1e3'), '1000')
  assert.equal(roundTrip(codec, '-1.5E+1'), '-15')
  assert.equal(roundTrip(codec, '9223372036854775807.000'), '9223372036854775807')
  assert.equal(roundTrip(codec, '9.223372036854775807e18'), '9223372036854775807')
  assert.equal(roundTrip(codec, '92233720368547758070e-1'), '9223372036854775807')
  assert.equal(roundTrip(codec, '0e999999999999'), '0')
  assert.equal(roundTrip(codec, '0.000e-5'), '0')
  assert.equal(roundTrip(codecOf('int'), '-2.147483648e9'), '-2147483648')
})

test('a number that only looks like an integer when it is a double is refused', () => {
  const codec = codecOf('long')
  for (const json of ['3.00000000000000000001', '9007199254740992.5', '1e-400', '0.1']) {
    assertRefused(codec, json, 'Expected long. Got VALUE_NUMBER_FLOAT')
  }
})

test('a number outside of the range is refused with the range', () => {
  const ints = '(-2147483648 - 2147483647)'
  assertRefused(
    codecOf('int'),
    '2147483648',
    `Numeric value (2147483648) out of range of int ${ints}`,
  )
  assertRefused(codecOf('int'), '1e10', `Numeric value (1e10) out of range of int ${ints}`)
  assertRefused(codecOf('long'), '-9223372036854775809', /out of range of long/)
  assertRefused(codecOf('long'), '1e999999999999', /out of range of long/)
  assertRefused(codecOf('double'), '1e400', 'Numeric value (1e400) out of range of double')
  assertRefused(codecOf('float'), '-3.5e38', 'Numeric value (-3.5e38) out of range of float')
})

test('doubles are as short as they can be, and look like doubles', () => {
  const codec = codecOf('double')
  const texts = {
    '0.1': '0.1',
    '1': '1.0',
    '-0': '-0.0',
    '1e21': '1e+21',
    '123456789.0': '123456789.0',
  }
  for (const [json, text] of Object.entries(texts)) assert.equal(roundTrip(codec, json), text)
})

test('floats are as short as they can be', () => {
  const codec = codecOf('float')
  const texts = {
    '0.1': '0.1',
    '16777217': '16777216.0',
    '3.4028235e38': '3.4028235e+38',
    '1e-45': '1e-45',
    '-0.0': '-0.0',
    '0.3333333432674408': '0.33333334',
    '1.17549435e-38': '1.1754944e-38',
  }
  for (const [json, text] of Object.entries(texts)) assert.equal(roundTrip(codec, json), text)
})

test('what is not finite is a string', () => {
  for (const type of ['float', 'double']) {
    const codec = codecOf(type)
    for (const json of ['"NaN"', '"Infinity"', '"-Infinity"']) {
      assert.equal(roundTrip(codec, json), json)
    }
    assert.equal(roundTrip(codec, '"INF"'), '"Infinity"')
    assert.equal(roundTrip(codec, '"-INF"'), '"-Infinity"')
    assertRefused(codec, '"nan"', `Expected ${type}. Got VALUE_STRING`)
  }
})

test('strings are kept as they are', () => {
  const codec = codecOf('string')
  const texts = ['', 'é€😀', 'a"b\\c/d', '\u0000\u001f\u007f\u0080\u2028', 'x'.repeat(100), '\\']
  for (const text of texts) assert.equal(JSON.parse(roundTrip(codec, JSON.stringify(text))), text)
  assert.equal(roundTrip(codec, '"\\ud83d\\ude00\\u0041"'), '"😀A"')
  assert.equal(roundTrip(codec, `"${'é'.repeat(9000)}"`), `"${'é'.repeat(9000)}"`)
})

test('a lone surrogate is refused, escaped or not', () => {
  const codec = codecOf(recordOf('string'))
  assertRefused(codec, '{"x":"a\\ud800b"}', 'A lone surrogate is no character at x')
  assertRefused(codec, '{"x":"a\ud800b"}', 'A lone surrogate is no character')
  assertRefused(codecOf({ type: 'map', values: 'int' }), '{"\\udfff":1}', /lone surrogate/)
})

test('bytes are characters up to U+00FF, and nothing else', () => {
  const codec = codecOf(recordOf('bytes'))
  assert.equal(codec.encode('{"x":"\\u0000\\u00ffÿ"}').toString('hex'), '0600ffff')
  assert.equal(roundTrip(codec, '{"x":"\\u00ff"}'), '{"x":"ÿ"}')
  const message = 'Expected bytes. Got the character U+0100, which is no byte at x'
  assertRefused(codec, '{"x":"Ā"}', message)
  assertRefused(codec, '{"x":"\\u0100"}', message)
  assertRefused(codec, '{"x":"😀"}', /U\+1F600/)
  assertRefused(codecOf({ type: 'fixed', name: 'F', size: 1 }), '"€"', /Expected fixed.*U\+20AC/)
})

test('bytes that are the whole payload have no length', () => {
  const codec = codecOf({ type: 'bytes', logicalType: 'decimal', precision: 4 })
  assert.equal(codec.encode('"\\u0001ÿ"').toString('hex'), '01ff')
  assert.equal(codec.decode(Buffer.from('01ff', 'hex')), '"\\u0001ÿ"')
  assert.equal(codec.decode(Buffer.alloc(0)), '""')
  assert.equal(codecOf(['bytes']).encode('{"bytes":"a"}').toString('hex'), '000261')
})

test('a field that is missing is not filled in', () => {
  const codec = codecOf({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: 'int', default: 1 },
      { name: 'b', type: ['null', 'int'], default: null },
    ],
  })
  assertRefused(
    codec,
    '{"a":1}',
    'Expected start-union. Got END_OBJECT: the field b is missing, and its default is not used',
  )
  assertRefused(codec, '{"b":null}', 'Expected field name not found: a')
})

test('a field that the schema does not have is refused, wherever it stands', () => {
  const codec = codecOf(recordOf(recordOf('int', 'I')))
  for (const inner of ['{"y":{},"x":1}', '{"x":1,"y":"}"}', '{"x":1,"y":[1,{}]}']) {
    assertRefused(codec, `{"x":${inner}}`, 'Expected Unknown fields: [y]. Got END_OBJECT at x')
  }
})

test('a field or a key that is there twice is refused', () => {
  assertRefused(codecOf(recordOf('int')), '{"x":1,"x":1}', 'Duplicate field x')
  assertRefused(codecOf(recordOf('int')), '{"\\u0078":1,"x":1}', 'Duplicate field x')
  const aliased = {
    type: 'record',
    name: 'R',
    fields: [{ name: 'x', aliases: ['y'], type: 'int' }],
  }
  assertRefused(codecOf(aliased), '{"y":1,"x":1}', 'Duplicate field x')
  assertRefused(
    codecOf(recordOf({ type: 'map', values: 'int' })),
    '{"x":{"a":1,"a":2}}',
    'Duplicate map key a at x.a',
  )
})

test('a refusal says where', () => {
  const order = recordOf({ type: 'array', items: { type: 'map', values: recordOf('int', 'I') } })
  const codec = codecOf(order)
  const message = 'Expected int. Got VALUE_STRING at x[1].é["a b"].x'
  assertRefused(
    codec,
    '{"x":[{},{"é":{"x":1}, "é":{"x":"1"}}]}',
    /Duplicate map key é at x\[1\]\.é/,
  )
  assertRefused(
    codecOf(
      recordOf({
        type: 'array',
        items: { type: 'map', values: { type: 'map', values: recordOf('int', 'I') } },
      }),
    ),
    '{"x": [ {}, {"é": {"a b" : {"x":"1"}}}]}',
    message,
  )
})

test('a value in a union may go without a name, if one branch takes such values', () => {
  const codec = codecOf(
    recordOf(
      [
        'null',
        'long',
        'string',
        'boolean',
        { type: 'array', items: 'int' },
        recordOf('int', 'a.R'),
      ],
      'Outer',
    ),
  )
  const named = {
    '1': '{"long":1}',
    '-1.0': '{"long":-1}',
    '"a"': '{"string":"a"}',
    true: '{"boolean":true}',
    '[1]': '{"array":[1]}',
    '{"x":1}': '{"a.R":{"x":1}}',
    null: 'null',
  }
  for (const [plain, json] of Object.entries(named)) {
    assert.equal(roundTrip(codec, `{"x":${plain}}`), `{"x":${json}}`)
    assert.equal(roundTrip(codec, `{"x":${json}}`), `{"x":${json}}`)
  }
})

test('a string without a name is NaN only when no branch takes strings', () => {
  assert.equal(roundTrip(codecOf(['null', 'double']), '"NaN"'), '{"double":"NaN"}')
  assert.equal(roundTrip(codecOf(['string', 'double']), '"NaN"'), '{"string":"NaN"}')
})

test('a value without a name is refused when several branches take such values, or none', () => {
  const hint = 'write {"<branch>": …} with one of null, int, long'
  assertRefused(
    codecOf(['null', 'int', 'long']),
    '1',
    `Expected start-union. Got VALUE_NUMBER_INT: ${hint}`,
  )
  assertRefused(
    codecOf(['null', 'int', 'long']),
    '"a"',
    `Expected start-union. Got VALUE_STRING: ${hint}`,
  )
  assertRefused(codecOf(['string', 'bytes']), '"a"', /Expected start-union/)
  assertRefused(
    codecOf(['null', recordOf('int', 'A'), { type: 'map', values: 'int' }]),
    '{"x":1}',
    'Unknown union branch x: there are null, A, map',
  )
})

test('an object whose only key is the name of a branch is that branch', () => {
  const codec = codecOf(['null', 'string', { type: 'map', values: 'string' }])
  assert.equal(roundTrip(codec, '{"string":"a"}'), '{"string":"a"}')
  assert.equal(roundTrip(codec, '{"string":"a","b":"c"}'), '{"map":{"string":"a","b":"c"}}')
  assert.equal(roundTrip(codec, '{"map":{"string":"a"}}'), '{"map":{"string":"a"}}')
  assert.equal(roundTrip(codec, '{"a":"b"}'), '{"map":{"a":"b"}}')
  assert.equal(roundTrip(codec, '{}'), '{"map":{}}')
})

test('an object that is no branch is one, if it has a field of the only record', () => {
  const record = {
    ...(recordOf('int', 'R') as object),
    fields: [
      { name: 'int', type: 'int' },
      { name: 'b', type: 'int' },
    ],
  }
  const codec = codecOf(['null', 'int', record])
  assert.equal(roundTrip(codec, '{"int":1}'), '{"int":1}')
  assert.equal(roundTrip(codec, '{"int":1,"b":2}'), '{"R":{"int":1,"b":2}}')
  assert.equal(roundTrip(codec, '{"b":2,"int":1}'), '{"R":{"int":1,"b":2}}')
  assertRefused(codec, '{"Int":1}', 'Unknown union branch Int: there are null, int, R')
  assertRefused(codec, '{"c":1,"b":2}', 'Unknown union branch c: there are null, int, R')
  assertRefused(codec, '{}', /^Expected int. Got END_OBJECT/)
  assertRefused(codecOf(['null', 'string']), '{}', /^Expected start-union. Got END_OBJECT/)
  assertRefused(
    codecOf(['null', 'string']),
    '{"string":"a","null":null}',
    'More than one branch of a union',
  )
})

test('a union without null refuses null', () => {
  assertRefused(
    codecOf(['int', 'string']),
    'null',
    'Unknown union branch null: there are int, string',
  )
})

test('white space may stand between all tokens', () => {
  const codec = codecOf(
    recordOf(['null', { type: 'map', values: { type: 'array', items: 'int' } }]),
  )
  const json = ' \n{ "x"\t: { "map" : { "a" : [ 1 , 2 ] , "b" : [ ] } } } \r\n'
  assert.equal(roundTrip(codec, json), '{"x":{"map":{"a":[1,2],"b":[]}}}')
})

test('a record without fields is an empty object', () => {
  const codec = codecOf({ type: 'record', name: 'R', fields: [] })
  assert.equal(codec.encode('{ }').length, 0)
  assert.equal(codec.decode(Buffer.alloc(0)), '{}')
  assertRefused(codec, '{"a":1}', /Unknown fields: \[a\]/)
})

test('keys that JavaScript objects have by nature are keys like others', () => {
  const map = codecOf({ type: 'map', values: 'int' })
  const json = '{"__proto__":1,"constructor":2,"toString":3}'
  assert.equal(roundTrip(map, json), json)
  const fields = ['__proto__', 'constructor', 'valueOf'].map((name) => ({ name, type: 'int' }))
  const record = codecOf({ type: 'record', name: 'constructor', fields })
  assert.equal(
    roundTrip(record, '{"valueOf":3,"constructor":2,"__proto__":1}'),
    '{"__proto__":1,"constructor":2,"valueOf":3}',
  )
  assertRefused(record, '{"__proto__":1,"constructor":2}', /^Expected int. Got END_OBJECT/)
  assertRefused(codecOf(['null', 'int']), '{"constructor":1}', /^Unknown union branch constructor/)
  assertRefused(
    codecOf({ type: 'enum', name: 'E', symbols: ['A'] }),
    '"toString"',
    'Unknown symbol in enum toString',
  )
})

test('long arrays and maps are one block each, as Java writes them', () => {
  const codec = codecOf({ type: 'array', items: { type: 'array', items: 'int' } })
  const inner = `[${Array(100).fill('1').join()}]`
  const payload = codec.encode(`[${Array(100).fill(inner).join()}]`)
  const block = `c801${'02'.repeat(100)}00`
  assert.equal(payload.toString('hex'), `c801${block.repeat(100)}00`)
  assert.equal(codec.decode(payload), `[${Array(100).fill(inner).join()}]`)
})

test('payloads stay as they were when others are encoded', () => {
  const codec = codecOf('string')
  const texts = Array.from({ length: 3000 }, (_, index) => `text ${index}`.padEnd(index % 200))
  const payloads = texts.map((text) => codec.encode(JSON.stringify(text)))
  const large = codec.encode(JSON.stringify('x'.repeat(1_000_000)))
  assert.equal(large.length, 1_000_003)
  payloads.forEach((payload, index) => {
    assert.equal(JSON.parse(codec.decode(payload)), texts[index])
  })
})

test('a refused value leaves nothing behind', () => {
  const codec = codecOf({ type: 'array', items: 'int' })
  const many = Array(100).fill(1)
  for (const wrong of [
    [...many, 'x'],
    [...many, ...many, null],
  ]) {
    assert.throws(() => codec.encode(JSON.stringify(wrong)), PayloadError)
    assert.equal(roundTrip(codec, '[1]'), '[1]')
  }
})

test('a payload that ends too early is refused with the place', () => {
  const codec = codecOf(recordOf({ type: 'array', items: recordOf('string', 'I') }))
  const payload = codec.encode('{"x":[{"x":"a"},{"x":"bc"}]}')
  for (let length = 0; length < payload.length; length++) {
    assert.throws(() => codec.decode(payload.subarray(0, length)), PayloadError)
  }
  assertUndecodable(codec, '04026104', 'The payload ends too early, at byte 4 in x[1].x')
})

test('a payload that goes on after the value is refused', () => {
  assertUndecodable(codecOf('int'), '0200', 'The payload continues after the value, for 1 bytes')
  assertUndecodable(codecOf('null'), '00', /continues/)
})

test('what no writer of the schema writes is refused', () => {
  const fixed = codecOf(recordOf({ type: 'enum', name: 'E', symbols: ['A'] }))
  assertUndecodable(fixed, '02', 'No symbol 1 in enum E, at byte 1 in x')
  assertUndecodable(fixed, '01', /No symbol -1/)
  assertUndecodable(codecOf(['null', 'int']), '04', /No branch 2/)
  assertUndecodable(
    codecOf(['null', 'int']),
    'ffffffffffffffffff01',
    /No branch -9223372036854775808/,
  )
  assertUndecodable(codecOf('boolean'), '02', /A boolean of 2/)
  assertUndecodable(codecOf('int'), '8080808010', /An int of 2147483648/)
  assertUndecodable(codecOf('int'), 'ffffffffffffffffff01', /An int of -9223372036854775808/)
  assertUndecodable(codecOf('long'), 'ffffffffffffffffff02', /more than 64 bits/)
  assertUndecodable(codecOf('long'), 'ff'.repeat(1000), /more than 64 bits/)
  assertUndecodable(codecOf('string'), '01', /A length of -1/)
  assertUndecodable(codecOf('string'), 'feffffffffffffffff01', /ends too early/)
  assertUndecodable(codecOf('string'), 'feffffff0f', /ends too early/)
})

test('bytes of a string that are no UTF-8 become replacement characters', () => {
  assert.equal(codecOf('string').decode(Buffer.from('04ff22', 'hex')), '"\ufffd\\""')
  assert.equal(codecOf(recordOf('string')).decode(Buffer.from('02e2', 'hex')), '{"x":"\ufffd"}')
})

test('blocks that say their size are read like others', () => {
  const codec = codecOf({ type: 'array', items: 'int' })
  assert.equal(codec.decode(Buffer.from('03040204020600', 'hex')), '[1,2,3]')
})

test('a count of more items than a payload can have ends with the payload', () => {
  assertUndecodable(codecOf({ type: 'array', items: 'int' }), 'feffffffffff1f02', /ends too early/)
  assertUndecodable(codecOf({ type: 'array', items: 'int' }), 'feffffffffffffffff01', /A block of/)
  assertUndecodable(
    codecOf({ type: 'map', values: 'null' }),
    'feffffffffff1f0261',
    /ends too early/,
  )
})

test('items without bytes do not multiply beyond measure', () => {
  const record = { type: 'record', name: 'R', fields: [{ name: 'n'.repeat(1000), type: 'null' }] }
  for (const items of ['null', { type: 'fixed', name: 'F', size: 0 }, record]) {
    const codec = codecOf({ type: 'array', items })
    assertQuick(() => assertUndecodable(codec, 'feffffffffff1f', /more than \d+ bytes/))
  }
})

test('what is nested more deeply than a thousand levels is refused, in both directions', () => {
  const codec = codecOf(TREE)
  const open = '{"children":['
  const close = '],"label":null}'
  const fine = open.repeat(500) + close.repeat(500)
  assert.equal(roundTrip(codec, fine), fine)
  for (const levels of [501, 100_000]) {
    assertRefused(
      codec,
      open.repeat(levels) + close.repeat(levels),
      /^Nested deeper than 1000 levels at/,
    )
    assertUndecodable(codec, '02'.repeat(levels), /^Nested deeper than 1000 levels, at byte/)
  }
  assertRefused(codecOf(['null', 'int']), '['.repeat(1_000_000), /start-union. Got START_ARRAY/)
})

test('a schema without finite values is refused at its payloads', () => {
  const endless = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'x', type: 'R' },
      { name: 'y', type: 'R' },
    ],
  }
  assertUndecodable(codecOf(endless), '', /Nested deeper/)
})

test('values to be skipped are skipped once, however deep they are', () => {
  const codec = codecOf(TREE)
  const levels = 490
  const padding = 'x'.repeat(10_000)
  const json = `${`{"label":"${padding}","children":[`.repeat(levels)}${']}'.repeat(levels)}`
  assertQuick(() => assert.ok(codec.encode(json).length > padding.length * levels))
  const map = codecOf({
    type: 'record',
    name: 'M',
    fields: [{ name: 'm', type: ['null', { type: 'map', values: ['null', 'string', 'M'] }] }],
  })
  const nested = `${'{"m":{"map":{"a":{"M":'.repeat(240)}{"m":null}${'}}}}'.repeat(240)}`
  assertQuick(() => assert.equal(roundTrip(map, nested), nested))
})

test('numbers of endless digits are refused, also where none is wanted', () => {
  const digits = '9'.repeat(5_000_000)
  assertQuick(() => {
    for (const type of ['int', 'long', 'float', 'double']) {
      assertRefused(codecOf(type), digits, 'More than 1000 digits')
    }
    assertRefused(codecOf('string'), digits, 'Expected string. Got VALUE_NUMBER_INT')
    assertRefused(codecOf(recordOf('int')), `{"y":${digits},"x":1}`, /Unknown fields: \[y\]/)
  })
})

test('a message has a bounded length', () => {
  const long = 'k'.repeat(100_000)
  const nested = recordOf({ type: 'map', values: 'int' })
  for (const [schema, json] of [
    [nested, `{"x":{"${long}":null}}`],
    [nested, `{"${long}":1}`],
    [['null', 'int'], `{"${long}":1}`],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, `"${long}"`],
  ] as const) {
    assert.throws(
      () => codecOf(schema).encode(json),
      (error: Error) => error.message.length < 500,
    )
  }
})

test('a text that is no JSON ends in an error, or in a value', () => {
  const codec = codecOf(TREE)
  const texts = [
    '',
    ' ',
    '{',
    '{"',
    '{"children',
    '{"children"',
    '{"children":',
    '{"children":[',
    '{"children":[}',
    '{"children":[],',
    '{"children":[],"label"',
    '{"label":"\\',
    '{"label":"\\u00',
    '}',
    ']',
    '{]',
    '{"a":tru',
  ]
  for (const text of texts) assertRefused(codec, text, /./)
  for (const type of ['int', 'double', 'string', 'boolean']) {
    for (const text of ['', '-', '"', '"\\', '1e', '--1', '1.']) {
      try {
        codecOf(type).encode(text)
      } catch (error) {
        assert.ok(error instanceof PayloadError, `${type} ${text}: ${error}`)
      }
    }
  }
})
