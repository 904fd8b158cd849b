/** Authentication by a module of the operator, of a process as an operator runs it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startSluice } from '../../cluster/sluice.ts'
import { RestClient } from '../rest-client.ts'
import { until } from '../until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-module-'))
after(() => rmSync(folder, { recursive: true }))

const MODULE = `
/** @type {import('sluice/authenticator').CreateAuthenticator} */
export default function createAuthenticator() {
  return {
    challenge: 'Key realm="tests"',
    async authenticate({ authorization, listener }) {
      if (authorization === 'Key defect') throw new Error('the module is broken')
      const [, name] = /^Key (\\w+)$/.exec(authorization) ?? []
      return name && { principal: name + '@' + listener, roles: ['tester'] }
    },
  }
}
`

function moduleOf(text: string): string {
  const file = join(folder, `${crypto.randomUUID()}.mjs`)
  writeFileSync(file, text)
  return file
}

for (const threads of ['1', '2']) {
  test(`a module names the clients of ${threads} event loops`, async () => {
    const sluice = await startSluice('', {
      'sluice.embedded': 'true',
      'sluice.http.threads': threads,
      'sluice.log.requests': 'true',
      'sluice.authenticator.module': moduleOf(MODULE),
      'authentication.roles': 'tester',
    })
    const rest = new RestClient(sluice.url)
    const as = (authorization: string) => rest.get('/topics', { authorization })
    assert.equal((await as('Key alice')).status, 200)
    await until('the log names the client', () => sluice.log().includes('alice@http'))
    const refused = await as('Password alice')
    assert.deepEqual(
      [refused.status, refused.headers['www-authenticate']],
      [401, 'Key realm="tests"'],
    )
    assert.equal((await rest.get('/topics')).status, 401)
    assert.equal((await rest.get('/healthy')).status, 200)
    const defect = await as('Key defect')
    assert.equal(defect.status, 500)
    assert.ok(!defect.text.includes('broken'))
    await until('the log tells the defect', () => sluice.log().includes('the module is broken'))
    assert.equal((await as('Key alice')).status, 200)
    rest.close()
    await sluice.stop()
    assert.ok(!sluice.log().includes('Key alice'))
  })
}

test('a module that cannot be used prevents the start', async () => {
  for (const threads of ['1', '2']) {
    const settings = {
      'sluice.embedded': 'true',
      'sluice.http.threads': threads,
      'sluice.authenticator.module': moduleOf('export default 7'),
    }
    await assert.rejects(startSluice('', settings), /no function as its default export/)
  }
})
