/** The command: its options, its faults, its exit codes. Needs no Kafka. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { VERSION } from '../../../src/api/description.ts'
import { runSluice } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-command-'))
after(() => rmSync(folder, { recursive: true }))

function propertiesFile(...lines: string[]): string {
  const file = join(folder, `${lines.length}-${lines.join().length}.properties`)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

describe('what is only told', { concurrency: 2 }, () => {
  test('--help tells every option', async () => {
    const { code, stdout, stderr } = await runSluice(['--help'])
    assert.deepEqual([code, stderr], [0, ''])
    for (const option of ['--set', '--embedded', '--check-config', '--print-config', '--version']) {
      assert.ok(stdout.includes(`\n  ${option}`), option)
    }
    assert.match(stdout, /Usage: sluice \[options\] \[file\.properties\]/)
  })

  test('--version tells the version', async () => {
    assert.deepEqual(await runSluice(['--version']), {
      code: 0,
      stdout: `${VERSION}\n`,
      stderr: '',
    })
  })

  test('an option that there is not is 2, with a hint', async () => {
    const { code, stdout, stderr } = await runSluice(['--embeded'])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /--embeded.*\nTry --help\.\n$/s)
  })
})

describe('the configuration', { concurrency: 2 }, () => {
  const file = propertiesFile(
    'bootstrap.servers=file:9092',
    'consumer.request.timeout.ms=11',
    'fetch.min.bytes=1',
    'client.sasl.jaas.config=PlainLoginModule required username="u" password="hidden-1";',
  )

  test('is printed with its sources and without its secrets', async () => {
    const { code, stdout, stderr } = await runSluice(
      ['--print-config', '--set', 'consumer.request.timeout.ms=33', file],
      { KAFKA_REST_CONSUMER_REQUEST_TIMEOUT_MS: '22', KAFKA_REST_FETCH_MIN_BYTES: '2' },
    )
    assert.deepEqual([code, stderr], [0, ''])
    for (const lines of [
      '# --set\nconsumer.request.timeout.ms=33\n',
      '# KAFKA_REST_FETCH_MIN_BYTES\nfetch.min.bytes=2\n',
      `# ${file}:1\nbootstrap.servers=file:9092\n`,
      '# default\nconsumer.instance.timeout.ms=300000\n',
      `# ${file}:4\nclient.sasl.jaas.config=[hidden]\n`,
    ]) {
      assert.ok(stdout.includes(lines), lines)
    }
    assert.ok(!stdout.includes('hidden-1'))
  })

  test('that is good is said to be so', async () => {
    const { code, stdout, stderr } = await runSluice([
      '--check-config',
      propertiesFile('bootstrap.servers=a:1'),
    ])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(JSON.parse(stdout.trim()).msg, /configuration is valid/)
  })

  test('has all its faults told at once, and nothing is started', async () => {
    const faulty = propertiesFile(
      'bootstrap.servers=a:1',
      'port=99999',
      'listeners=ftp://0.0.0.0:1',
      'fetch.min.bytes=many',
      'resource.extension.classes=com.example.Guard',
      'client.sasl.mechanism=NONSENSE',
    )
    for (const options of [[], ['--check-config'], ['--print-config']]) {
      const { code, stderr } = await runSluice([...options, faulty])
      assert.equal(code, 1)
      for (const key of ['port', 'listeners', 'fetch.min.bytes', 'resource.extension.classes']) {
        assert.match(stderr, new RegExp(`^.*\\b${key}\\b.*\\.properties:\\d`, 'm'), key)
      }
      assert.doesNotMatch(stderr, /^\s+at /m, 'no stack')
    }
  })

  test('without brokers points to --embedded', async () => {
    const { code, stdout, stderr } = await runSluice([])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /bootstrap\.servers.*--embedded/)
  })

  test('in a file that is not there is a fault', async () => {
    const { code, stderr } = await runSluice([join(folder, 'nowhere.properties')])
    assert.equal(code, 1)
    assert.match(stderr, /nowhere\.properties/)
  })

  test('with keys that nobody knows is warned of, with the nearest one', async () => {
    const { code, stdout } = await runSluice([
      '--check-config',
      propertiesFile('bootstrap.servers=a:1', 'fetch.min.byte=5'),
    ])
    assert.equal(code, 0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const warning = lines.find(({ level }) => level === 'warn')
    assert.match(warning.msg, /^fetch\.min\.byte .*did you mean fetch\.min\.bytes\?/)
  })
})

describe('settings that librdkafka refuses', { concurrency: 2 }, () => {
  /** The lines of standard error for a file of these lines; nothing was started. */
  async function objections(options: string[], ...lines: string[]): Promise<string[]> {
    const file = propertiesFile('bootstrap.servers=127.0.0.1:1', ...lines)
    const { code, stdout, stderr } = await runSluice([...options, file])
    assert.deepEqual([code, stdout], [1, ''], stderr)
    return stderr.trim().split('\n')
  }

  test('are all told, together with the faults and warnings of other keys', async () => {
    const lines = await objections(
      ['--check-config'],
      'producer.linger.ms=abc',
      'producer.compression.type=brotli',
      'client.security.protocol=SSLL',
      'client.ssl.truststore.location=/nowhere.pem',
      'admin.sasl.mechanism=PLAINN',
      'consumer.fetch.error.backoff.ms=-1',
      'fetch.min.bytes=many',
      'consumer.request.timout.ms=5',
    )
    const expected = [
      /^warning: consumer\.request\.timout\.ms .*did you mean consumer\.request\.timeout\.ms\?$/,
      /^fetch\.min\.bytes = "many" .*expected a whole number/,
      /^producer\.linger\.ms = "abc" \(.*properties:2\): expected .*librdkafka takes: Invalid value/,
      /^producer\.compression\.type = "brotli" .*Invalid value "brotli"/,
      /^client\.security\.protocol = "SSLL" .*Invalid value "SSLL"/,
      /^client\.ssl\.truststore\.location = .*nowhere\.pem/,
      /^admin\.sasl\.mechanism = "PLAINN" .*expected one of GSSAPI/,
      /^consumer\.fetch\.error\.backoff\.ms = "-1" .*range/,
    ]
    for (const pattern of expected) {
      assert.equal(lines.filter((line) => pattern.test(line)).length, 1, `${pattern}\n${lines}`)
    }
    assert.equal(lines.length, expected.length, lines.join('\n'))
  })

  test('of files and of combinations are told by the setting that caused them', async () => {
    const noKey = join(folder, 'no-key.pem')
    writeFileSync(noKey, 'nothing')
    const lines = await objections(
      [],
      'client.security.protocol=SASL_SSL',
      'client.sasl.mechanism=PLAIN',
      'client.ssl.ca.location=/nowhere.pem',
      `client.ssl.key.location=${noKey}`,
      'client.sasl.jaas.config=PlainLoginModule required username="u" password="hidden-2";',
      'producer.delivery.timeout.ms=5',
      'producer.linger.ms=10',
      'consumer.session.timeout.ms=3600000',
    )
    const expected = [
      /^client\.ssl\.ca\.location .*a file that can be read: \/nowhere\.pem: ENOENT$/,
      /^client\.ssl\.key\.location .*librdkafka takes: ssl\.key\.location failed/,
      /^producer\.linger\.ms = "10" .*`message\.timeout\.ms` must be greater than `linger\.ms`$/,
      /^consumer\.session\.timeout\.ms .*`max\.poll\.interval\.ms`/,
    ]
    assert.equal(lines.length, expected.length, lines.join('\n'))
    for (const pattern of expected) {
      assert.equal(lines.filter((line) => pattern.test(line)).length, 1, `${pattern}\n${lines}`)
    }
    assert.doesNotMatch(lines.join(), /hidden-2/)
  })

  test('are not told where all is well, whatever the login, and no broker is asked', async () => {
    const login = 'OAuthBearerLoginModule required clientId="c" clientSecret="hidden-3";'
    const { code, stdout, stderr } = await runSluice([
      '--check-config',
      propertiesFile(
        'bootstrap.servers=127.0.0.1:1',
        'client.security.protocol=SASL_SSL',
        'client.sasl.mechanism=OAUTHBEARER',
        'client.sasl.oauthbearer.token.endpoint.url=http://127.0.0.1:1/token',
        `client.sasl.jaas.config=${login}`,
        'producer.compression.type=zstd',
      ),
    ])
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).msg),
      ['the configuration is valid'],
    )
  })
})

test('a port that is in use is told, without a stack, and ends with 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const listeners = `listeners=http://127.0.0.1:${port}`
  const { code, stderr } = await runSluice(['--set', 'bootstrap.servers=a:1', '--set', listeners])
  taken.close()
  const message = `Cannot listen on 127.0.0.1:${port}: the port is in use or not allowed.\n`
  assert.deepEqual([code, stderr], [1, message])
})

test('a system that uWebSockets.js is not made for is told why, and ends with 1', async () => {
  // As on an older system: its loader says so of a binary that was built elsewhere.
  const loader = join(folder, 'old-system.cjs')
  writeFileSync(
    loader,
    `const { dlopen } = process
    process.dlopen = (module, file, ...rest) => {
      if (file.includes('uws-')) throw new Error("version 'GLIBC_2.38' not found")
      return dlopen(module, file, ...rest)
    }`,
  )
  const { code, stderr } = await runSluice(['--set', 'bootstrap.servers=a:1'], {
    NODE_OPTIONS: `--require=${loader}`,
  })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /uWebSockets\.js for Node\.js v\d+.* could not be loaded from .*uws-\d+\.node/,
  )
  assert.match(stderr, /GLIBC_2\.38' not found/)
  assert.match(stderr, /Build it with "npm run build:native"/)
})
