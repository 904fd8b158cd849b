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
    assert.match(JSON.parse(stdout.trim()).msg, /configuration is good/)
  })

  test('has all its faults told at once, and nothing is started', async () => {
    const faulty = propertiesFile(
      'bootstrap.servers=a:1',
      'port=99999',
      'listeners=https://0.0.0.0:1',
      'fetch.min.bytes=many',
      'authentication.method=BASIC',
      'client.sasl.mechanism=NONSENSE',
    )
    for (const options of [[], ['--check-config'], ['--print-config']]) {
      const { code, stderr } = await runSluice([...options, faulty])
      assert.equal(code, 1)
      for (const key of ['port', 'listeners', 'fetch.min.bytes', 'authentication.method']) {
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
    const warning = lines.find(({ level }) => level === 40)
    assert.match(warning.msg, /^fetch\.min\.byte .*did you mean fetch\.min\.bytes\?/)
  })
})

test('a port that is in use is told, without a stack, and ends with 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const listeners = `listeners=http://127.0.0.1:${port}`
  const { code, stderr } = await runSluice(['--set', 'bootstrap.servers=a:1', '--set', listeners])
  taken.close()
  assert.equal(code, 1)
  assert.equal(stderr, `Cannot listen on 127.0.0.1:${port}: the port is in use or not allowed.\n`)
})

test('a system that uWebSockets.js is not made for is told why, and ends with 1', async () => {
  // As on Debian 11: the system's loader says so of the package's binary.
  const loader = join(folder, 'old-system.cjs')
  writeFileSync(
    loader,
    `const { dlopen } = process
    process.dlopen = (module, file, ...rest) => {
      if (file.includes('uws_')) throw new Error("version 'GLIBC_2.38' not found")
      return dlopen(module, file, ...rest)
    }`,
  )
  const { code, stderr } = await runSluice(['--set', 'bootstrap.servers=a:1'], {
    NODE_OPTIONS: `--require=${loader}`,
  })
  assert.equal(code, 1)
  assert.match(stderr, /supports only Node\.js versions .* on \(glibc\) Linux/)
  assert.match(stderr, /GLIBC_2\.38' not found/)
})
