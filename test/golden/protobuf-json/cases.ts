/** JSON texts for the message of schema.proto: each type with what clients write for it, and its edges. */

const INTEGERS =
  '0 -0 1 -1 1.0 1.50 1.5 1e0 1e3 1E+2 1e-1 10e-1 0.1e1 2147483647 2147483648 -2147483648 -2147483649 4294967295 ' +
  '4294967296 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 ' +
  '18446744073709551615 18446744073709551616 9007199254740993 9007199254740993.0 9007199254740993.5 1e18 1e20 1e400 ' +
  '1e-400 "0" "-0" "1" "1.0" "1.50" "1.5" "1e3" "1E3" "+1" "01" "-01" "1." ".5" "" " 1" "1 " "0x10" "1_0" "1e" ' +
  '"9007199254740993" "9223372036854775808" "18446744073709551615" "4294967296" "NaN" "Infinity" "true" "１" true null ' +
  '[] {} [1]'

const FLOATS =
  '0 -0 -0.0 1 1.5 0.1 1.1 16777217 3.4028234663852886e38 3.4028235677973366e38 3.5e38 -3.5e38 1.7976931348623157e308 ' +
  '1.7976931348623159e308 1e309 1e400 -1e400 5e-324 1e-400 1e-46 123456789.123456789 0.30000001 12345678901234567890 ' +
  '"NaN" "Infinity" "-Infinity" "-NaN" "nan" "inf" "infinity" "+Infinity" "1.5" "1e3" "1e400" "-1e400" "1e-400" "3.5e38" ' +
  '"-0" "-0.0" "+1" "01" "1." ".5" "" " 1" "1 " "0x10" "1f" "1d" "true" true null [] {}'

const STRINGS =
  '"" "a" "é€😀" "\\u0000" "\\ud83d\\ude00" "\\ud800" "\\udc00x" 0 -0 -0.0 5 1.5 1.50 1.0 1e3 1E3 1e+3 1e400 -1e400 1e-400 ' +
  '0.10 100000000000000000000 0.1000000000000000055511151231257827 12345678901234567890.123 true false null [] {} ["a"]'

const BYTES =
  '"" "AQID" "AQI=" "AQI" "AQ==" "AQ=" "AQ" "A" "A===" "A=" "=" "==" "====" "AQID=" "AQID==" "AQIDBA=" "-_8=" "-_8" "+/8=" ' +
  '"+_8=" "AR==" "AQJ=" "AQIDB" "AQ==AQ==" "AQ=Q" "A Q I D" " AQID" "AQID " "AQ\\nID" "AQI\\u003d" "*" "AQ*D" "é" "\\u0000" 5 ' +
  'true null [] {} [1,2]'

const BOOLS = 'true false "true" "false" "True" "TRUE" "t" "1" "0" 1 0 "" " true" null [] {}'

const ENUMS =
  '"ZERO" "ONE" "NEGATIVE" "one" "TWO" "" " ONE" 0 1 -1 77 1.0 1.5 1e0 2147483647 2147483648 -2147483648 4294967297 ' +
  '9007199254740993 1e400 "0" "1" "-1" "77" "1.0" "01" "+1" "2147483648" "4294967297" "99999999999" true null [] {}'

const MESSAGES = '{} null [] "" 0 true {"int32":1} {"message":{}} [{}]'

const TIMESTAMPS =
  '"1970-01-01T00:00:00Z" "2020-02-29T12:34:56.5Z" "2020-01-01T00:00:00.123456789Z" "2020-01-01T00:00:00.1234567890Z" ' +
  '"2020-01-01T00:00:00.Z" "2020-01-01T00:00:00,5Z" "2020-01-01T00:00:00+01:00" "2020-01-01T00:00:00-23:59" ' +
  '"2020-01-01T00:00:00+24:00" "2020-01-01T00:00:00+0100" "2020-01-01T00:00:00+01" "2020-01-01T00:00:00+1:00" ' +
  '"2020-01-01T00:00:00+01:60" "2020-01-01T00:00:00+14:99" "2020-01-01T00:00:00-00:00" "2020-01-01T00:00:00z" ' +
  '"2020-01-01t00:00:00Z" "2020-01-01 00:00:00Z" "2020-01-01T00:00:00" "2020-01-01" "2020-1-1T0:0:0Z" ' +
  '"2020-01-01T24:00:00Z" "2020-01-01T23:60:00Z" "2020-01-01T23:59:60Z" "2020-01-01T23:59:61Z" "2020-00-01T00:00:00Z" ' +
  '"2020-13-01T00:00:00Z" "2020-01-00T00:00:00Z" "2020-01-32T00:00:00Z" "2019-02-29T00:00:00Z" "2020-04-31T00:00:00Z" ' +
  '"0001-01-01T00:00:00Z" "0000-12-31T23:59:59Z" "0001-01-01T00:00:00+01:00" "9999-12-31T23:59:59.999999999Z" ' +
  '"9999-12-31T23:59:59-01:00" "10000-01-01T00:00:00Z" "-001-01-01T00:00:00Z" "1969-12-31T23:59:59.9Z" ' +
  '"2020-01-01T00:00:00Zx" " 2020-01-01T00:00:00Z" "2020-01-01T00:00:00ZZ" "" 0 null {} []'

const DURATIONS =
  '"0s" "-0s" "1s" "+1s" "-1s" "1.5s" "-1.5s" "-0.5s" "0.5s" "1.000000001s" "1.0000000001s" "1.s" ".5s" "-.5s" "1.-5s" "--1s" ' +
  '"1" "s" "" "1S" "1 s" " 1s" "1s " "1m" "1e3s" "1.5" "01s" "315576000000s" "315576000000.999999999s" "315576000001s" ' +
  '"-315576000000s" "-315576000001s" "9223372036854775808s" "1sfoo" "1.5.5s" 1 null {} []'

const MASKS =
  '"" "a" "a,b" "fooBar,baz.quxQuux" "foo_bar" "FooBar" "fooBAR" "a,,b" "," " a" "a " "a, b" "foo1Bar" "foo.1bar" "é" 5 null [] {} ' +
  '["a"]'

const STRUCTS =
  '{} {"a":1} {"a":1e400} {"a":[1e400]} {"a":{"b":-1e400}} {"":null} {"a":9007199254740993} null [] "" 1'

const VALUES =
  'null 0 -0 1 1.50 1e22 1e300 1e400 -1e400 1.7976931348623159e308 5e-324 1e-400 12345678901234567890 0.1 "x" "" "NaN" "\\ud800" ' +
  'true false [] {} [[1],{"a":null}] [1e400] {"a":1e400} [null]'

const LISTS = '[] [1,"a",null] [1e400] [[]] {} null "" 1'

const NULLS = 'null "NULL_VALUE" 0 1 "0" "null" {} [] true ""'

const TYPE = 'type.googleapis.com'
const ANYS = [
  ...['{}', 'null', '[]', '""', '{"int32":1}', '{"@type":""}', '{"@type":5}', '{"@type":null}'],
  ...[
    't.M',
    '/t.M',
    'x/t.M',
    `${TYPE}/t.M`,
    `https://${TYPE}/t.M`,
    `${TYPE}/`,
    `${TYPE}/no.Such`,
  ].map((url) => `{"@type":"${url}","int32":1}`),
  `{"int32":1,"@type":"${TYPE}/t.M"}`,
  `{"@type":"${TYPE}/t.M","nope":1}`,
  `{"@type":"${TYPE}/t.M","bytes":"A==="}`,
  `{"@type":"${TYPE}/t.M","string":1.50}`,
  `{"@type":"${TYPE}/t.M","any":{"@type":"${TYPE}/t.M","string":1.50}}`,
  `{"@type":"${TYPE}/google.protobuf.Duration","value":"1.5s"}`,
  `{"@type":"${TYPE}/google.protobuf.Duration"}`,
  `{"@type":"${TYPE}/google.protobuf.Duration","seconds":1}`,
  `{"@type":"${TYPE}/google.protobuf.Duration","value":"1.5s","x":1}`,
  `{"@type":"${TYPE}/google.protobuf.Int64Value","value":9007199254740993}`,
  `{"@type":"${TYPE}/google.protobuf.StringValue","value":1.50}`,
  `{"@type":"${TYPE}/google.protobuf.BytesValue","value":"A==="}`,
  `{"@type":"${TYPE}/google.protobuf.Value","value":1e400}`,
  `{"@type":"${TYPE}/google.protobuf.Value","value":null}`,
  `{"@type":"${TYPE}/google.protobuf.Struct","value":{"a":1e400}}`,
  `{"@type":"${TYPE}/google.protobuf.Empty"}`,
  `{"@type":"${TYPE}/google.protobuf.Empty","value":{}}`,
  `{"@type":"${TYPE}/google.protobuf.Any","value":{"@type":"${TYPE}/t.M","int32":1}}`,
]

const KEYS: Readonly<Record<string, string>> = {
  int32: '0 -0 1 -1 01 +1 1.0 1e3 2147483647 2147483648 -2147483649 4294967296 0x10 _1 １',
  int64: '0 -0 1 01 +1 1.0 1e3 9007199254740993 9223372036854775807 9223372036854775808',
  uint32: '0 -0 -1 1 01 1.0 4294967295 4294967296',
  uint64: '0 -0 -1 01 1.0 18446744073709551615 18446744073709551616 9007199254740993',
  sint32: '-1 1.0 2147483648',
  sint64: '-9223372036854775808 -9223372036854775809 9007199254740993',
  fixed32: '4294967295 4294967296 -1 1.0',
  fixed64: '18446744073709551615 -1 9007199254740993 1.0',
  sfixed32: '-2147483648 2147483648 1.0',
  sfixed64: '-9223372036854775808 9007199254740993 1.0',
  bool: 'true false True 1 0 t',
  string: 'a __proto__ constructor é',
}

const WHOLE = [
  ...[
    '{}',
    'null',
    '[]',
    '""',
    '0',
    'true',
    '{"unknown":1}',
    '{"unknown":null}',
    '{"":1}',
    '{"[t.x]":1}',
    '{"@type":"x"}',
  ],
  ...[
    '{"someName":"a"}',
    '{"some_name":"a"}',
    '{"SomeName":"a"}',
    '{"somename":"a"}',
    '{"Other":1}',
    '{"renamed":1}',
  ],
  ...[
    '{"other":1}',
    '{"someName":"a","some_name":"b"}',
    '{"someName":null,"some_name":"b"}',
    '{"Other":1,"renamed":2}',
  ],
  ...[
    '{"string":"a","string":"b"}',
    '{"message":{"int32":1},"message":{"int64":1}}',
    '{"int32":1,"int32":null}',
  ],
  ...[
    '{"byString":{"a":"x","a":"y"}}',
    '{"struct":{"a":1,"a":2}}',
    '{"byInt32":{"1":"x","01":"y"}}',
  ],
  ...[
    '{"oneString":"a","oneInt":1}',
    '{"oneString":null,"oneInt":1}',
    '{"oneInt":1,"oneString":null}',
    '{"oneString":null}',
  ],
  ...[
    '{"oneNull":null}',
    '{"oneNull":"NULL_VALUE"}',
    '{"oneNull":null,"oneInt":1}',
    '{"oneValue":null}',
    '{"oneMessage":null}',
  ],
  ...[
    '{"oneValue":null,"oneInt":1}',
    '{"oneMessage":{}}',
    '{"oneEnum":"ZERO"}',
    '{"oneInt":0}',
    '{"oneString":1.50}',
  ],
  ...[
    '{"oneMessage":null,"oneInt":1}',
    '{"oneValue":1e400}',
    '{"maybeInt":0}',
    '{"maybeInt":null}',
    '{"maybeString":""}',
  ],
  ...[
    '{"oneEnum":null,"oneInt":1}',
    '{"oneValue":null,"oneMessage":null}',
    '{"oneInt":null,"oneString":null}',
  ],
  ...[
    '{"message":{"oneMessage":null,"oneInt":1}}',
    '{"messages":[{"oneMessage":null,"oneInt":1}]}',
  ],
  ...[
    '{"maybeString":1.50}',
    '{"empty":{}}',
    '{"empty":null}',
    '{"empty":{"a":1}}',
    '{"empty":[]}',
  ],
]

const LISTED: Readonly<Record<string, string>> = {
  ints: '[] null [1,"2",3.0] [null] [1,null] 1 {} [1.5] [[1]] [2147483648]',
  strings: '[] ["a",1.50,true] [null] "a" [["a"]] [{}]',
  manyBytes: '["A==="] ["AQ",""] [null] [5]',
  enums: '["ONE",1,"77"] ["TWO"] [null] [1.5] [4294967297]',
  messages: '[{}] [null] [{"int32":1},{}] {} [[]]',
  doubles: '["NaN",1e400] [1,"1.5"] [null] ["1e400"]',
  bools: '[true,"false"] [null] [1]',
  values: '[null] [1e400] [null,1]',
  wInts: '[1,"2"] [null] [1.5]',
  toBytes: '{"a":"A==="} {"a":"AQ"} {"a":null} [] null',
  toEnum: '{"a":"ONE"} {"a":77} {"a":1.5} {"a":null} {"a":"TWO"}',
  toMessage: '{"a":{}} {"a":null} {"a":{"string":1.50}}',
  toFloat: '{"a":1.1} {"a":3.5e38} {"a":"NaN"} {"a":null}',
  toValue: '{"a":null} {"a":1e400} {"a":{"b":1e400}}',
  byString: '{"a":1.50} {"a":true} {"a":null} {"a":{}} [] null "" {"":""}',
  byInt32: '{"1":1.50} {"1":null} []',
}

function each(name: string, texts: string | readonly string[]): string[] {
  const values = typeof texts === 'string' ? split(texts) : texts
  return values.map((value) => `{"${name}":${value}}`)
}

/** Between spaces that are in no string. */
function split(texts: string): string[] {
  return texts.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? []
}

const OF_INTEGERS = [
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
]

function keys(type: string, texts: string): string[] {
  const name = `by${type.charAt(0).toUpperCase()}${type.slice(1)}`
  return split(texts).map((key) => `{"${name}":{"${key}":"x"}}`)
}

/** All of them. */
export const CASES: readonly string[] = [
  ...OF_INTEGERS.flatMap((name) => each(name, INTEGERS)),
  ...['wInt32', 'wInt64', 'wUint32', 'wUint64'].flatMap((name) =>
    each(name, '0 1.0 1.5 "1" "1.0" " 1" 1e400 null true'),
  ),
  ...['float', 'double', 'wFloat', 'wDouble'].flatMap((name) => each(name, FLOATS)),
  ...['string', 'wString'].flatMap((name) => each(name, STRINGS)),
  ...['bytes', 'wBytes'].flatMap((name) => each(name, BYTES)),
  ...['bool', 'wBool'].flatMap((name) => each(name, BOOLS)),
  ...each('enum', ENUMS),
  ...each('message', MESSAGES),
  ...each('timestamp', TIMESTAMPS),
  ...each('duration', DURATIONS),
  ...each('mask', MASKS),
  ...each('struct', STRUCTS),
  ...each('value', VALUES),
  ...each('list', LISTS),
  ...each('null', NULLS),
  ...each('any', ANYS),
  ...Object.entries(KEYS).flatMap(([type, texts]) => keys(type, texts)),
  ...Object.entries(LISTED).flatMap(([name, texts]) => each(name, texts)),
  ...WHOLE,
]
