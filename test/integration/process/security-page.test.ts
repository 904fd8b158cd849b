/** The examples of docs/security.md, as an operator would paste them. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { createAuthority, createIdentity, pkcs12, STORE_PASSWORD } from '../../certificates.ts'
import { atExit } from '../../cluster/at-exit.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { until } from '../until.ts'
import { cleanEnvironment, MAIN, runSluice } from './command.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'sluice-security-page-'))
after(() => rmSync(folder, { recursive: true }))

/** The blocks of code below a heading, in their order. */
function blocksBelow(heading: string): { language: string; text: string }[] {
  const at = PAGE.indexOf(`\n${heading}\n`)
  assert.notEqual(at, -1, heading)
  const [section = ''] = PAGE.slice(at + heading.length + 2).split(/^##+ /m)
  return [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', text = '']) => {
      return { language, text }
    },
  )
}

/** A script that runs the compiled Sluice in place of npm, at other ports. */
function asHere(script: string, ports: Readonly<Record<string, string>>): string {
  const main = `exec '${process.execPath}' '${MAIN}'`
  let text = script.replaceAll('npm start --', main).replaceAll('npx --no -- sluice', main.slice(5))
  for (const [from, to] of Object.entries(ports)) text = text.replaceAll(from, to)
  return text
}

/** Runs the first block below a heading as a server, and resolves to the output of the second one once that succeeds. */
async function tryOut(heading: string, ports: Readonly<Record<string, string>>): Promise<string> {
  const [server, client] = blocksBelow(heading)
  const run = (script: string) => ['-e', '-c', asHere(script, ports)]
  const options = { cwd: folder, env: cleanEnvironment() }
  const child = spawn('bash', run(server?.text ?? ''), { ...options, stdio: 'ignore' })
  const kill = () => child.kill('SIGKILL')
  const cancel = atExit(kill)
  let output = ''
  try {
    await until('it answers', async () => {
      const answer = promisify(execFile)('bash', run(client?.text ?? ''), options)
      output = await answer.then(
        ({ stdout }) => stdout,
        () => '',
      )
      return output !== ''
    })
    return output
  } finally {
    kill()
    cancel()
  }
}

test('a listener with https for a trial', async () => {
  const [port] = (await freePorts(1)) as [number]
  assert.match(await tryOut('## TLS of clients', { 8443: `${port}` }), /^\{/)
})

test('users with passwords for a trial', async () => {
  const [port] = (await freePorts(1)) as [number]
  const output = await tryOut('## Users and passwords', {
    8082: `${port}`,
    '--embedded': `--embedded --set listeners=http://localhost:${port}`,
  })
  assert.match(output, /^\[/)
})

describe('settings are accepted', () => {
  const authority = createAuthority('page-authority')
  const principals = createIdentity('alice', authority)
  const listener = createIdentity('listener', authority, 'DNS:localhost')
  const path = (name: string) => join(folder, name)
  copyFileSync(listener.pem, path('listener.pem'))
  copyFileSync(authority.cert, path('clients.pem'))
  copyFileSync(authority.cert, path('kafka.pem'))
  copyFileSync(pkcs12('page', principals), path('principals.p12'))
  writeFileSync(
    path('users'),
    'alice:$2y$05$zzzzzzzzzzzzzzzzzzzzzuTq2BhqcrOPXK9p0Gwzs5g1a5oNYWPKK:admin\n',
  )
  const [, jaas] = blocksBelow('## Each principal as itself')
  writeFileSync(path('kafka.jaas'), jaas?.text ?? '')

  let before = ''
  for (const [, text = ''] of PAGE.matchAll(/^```properties\n([\s\S]*?)^```$/gm)) {
    const block = text.startsWith('# In addition to the settings above:') ? before + text : text
    before = block
    test(text.split('\n').find((line) => !line.startsWith('#')) ?? '', async () => {
      const file = path('page.properties')
      const settings = block
        .replaceAll('/etc/sluice', folder)
        .replace('keystore.password=…', `keystore.password=${STORE_PASSWORD}`)
        .replaceAll('CN=sluice', 'CN=alice')
      writeFileSync(file, `bootstrap.servers=localhost:9092\n${settings}`)
      const { code, stdout, stderr } = await runSluice([file, '--check-config'])
      assert.equal(code, 0, stdout + stderr)
    })
  }
})

test('rules of access are explained', async () => {
  const rules = join(folder, 'rules')
  writeFileSync(rules, blocksBelow('## Access')[0]?.text ?? '')
  const check = (question: string) =>
    runSluice(['--embedded', '--set', `sluice.access.rules=${rules}`, '--check-access', question])
  assert.match((await check('principal=alice POST /topics/orders-1')).stdout, /^allowed:/)
  assert.match((await check('principal=alice POST /topics/secret-1')).stdout, /^denied:/)
})
