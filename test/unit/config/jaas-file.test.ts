/** JAAS files: the entries of applications and their login modules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ValueFault } from '../../../src/config/define.ts'
import { type JaasFile, parseJaasFile } from '../../../src/config/jaas-file.ts'

function plain(file: JaasFile) {
  return Object.fromEntries(
    [...file].map(([name, modules]) => [
      name,
      modules.map(({ module, options }) => [module, Object.fromEntries(options)]),
    ]),
  )
}

test('entries have modules with options', () => {
  const file = parseJaasFile(`
    /* As an operator of Confluent's proxy has it: */
    KafkaRest {
      org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required
      debug="true" // says more
      file="/etc/kafka-rest/password.properties";
    };
    KafkaClient {
      org.apache.kafka.common.security.plain.PlainLoginModule REQUIRED username=alice password='a"b';
      org.apache.kafka.common.security.plain.PlainLoginModule sufficient username="b\\"ob" password="x{y};";
    };
    Empty { };`)
  assert.deepEqual(plain(file), {
    KafkaRest: [
      ['PropertyFileLoginModule', { debug: 'true', file: '/etc/kafka-rest/password.properties' }],
    ],
    KafkaClient: [
      ['PlainLoginModule', { username: 'alice', password: 'a"b' }],
      ['PlainLoginModule', { username: 'b"ob', password: 'x{y};' }],
    ],
    Empty: [],
  })
})

test('a fault names its line and no value', () => {
  const faults: [string, RegExp][] = [
    ['A {\n M required password="secret"', /in line 2/],
    ['A { M maybe password="secret"; };', /required, requisite/],
    [['A { M required file="$', '{secret}"; };'].join(''), /properties of the JVM/],
    ['A { }; A { };', /each entry once/],
    ['A { M required file=/etc/secret; };', /syntax/],
    ['A { M required file; };', /"="/],
  ]
  for (const [text, message] of faults) {
    assert.throws(
      () => parseJaasFile(text),
      (error: Error) =>
        error instanceof ValueFault &&
        message.test(error.message) &&
        !error.message.includes('secret'),
      text,
    )
  }
})

test('no text crashes the parser', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'A',
      '{',
      '}',
      ';',
      '=',
      '"',
      "'",
      '/*',
      '*/',
      '//',
      '\n',
      'required',
      '"x"',
      '\\',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        parseJaasFile(pieces.join(' '))
      } catch (error) {
        assert.ok(error instanceof ValueFault, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('a malformed file is refused at once, however long its spaces and comments are', () => {
  for (const space of [' ', '//', '/**/', '/* */ ', '// /* */\n']) {
    assert.throws(() => parseJaasFile(`A {${space.repeat(5000)}\n#`), /syntax of JAAS/)
  }
})
