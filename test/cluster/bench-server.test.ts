/** The servers that benchmarks start beside the proxy leave nothing behind. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { startScript } from '../../bench/gateway/server.ts'

describe('a script under measurement', () => {
  const usual = process.env['TMPDIR']
  let temporary: string

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'sluice-harness-'))
    process.env['TMPDIR'] = temporary
  })

  afterEach(() => {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
    rmSync(temporary, { recursive: true })
  })

  it('takes its folder with it when it is stopped', async () => {
    const server = await startScript('bare-handler.ts')
    assert.equal(folders().length, 1)
    await server.stop()
    assert.deepEqual(folders(), [])
  })

  it('takes its folder with it when it cannot start', async () => {
    await assert.rejects(startScript('no-such-script.ts'), /no-such-script\.ts ended/)
    assert.deepEqual(folders(), [])
  })

  /** Without those of tsx. */
  function folders(): string[] {
    return readdirSync(temporary).filter((name) => name.startsWith('sluice-'))
  }
})
