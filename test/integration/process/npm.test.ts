/** A signal to npm or npx, which hand it to a shell only, stops Sluice, too. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { cleanEnvironment, MAIN } from './command.ts'

/** As npm runs a command: a shell that waits for it, and does not become it. */
const SHELL_LINE = `"${process.execPath}" "${MAIN}" --embedded --set listeners=http://127.0.0.1:0; true`

test('a process that npm has started stops when its shell is gone', async () => {
  const shell = spawn('sh', ['-c', SHELL_LINE], {
    env: cleanEnvironment({ npm_command: 'exec' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  shell.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  while (!output.includes('"listening"')) await once(shell.stdout, 'data')
  const pid = Number(/"pid":(\d+)/.exec(output)?.[1])
  const ended = once(shell.stdout, 'end')
  shell.kill('SIGTERM')
  try {
    // Its output ends with the process, as the shell has ended before.
    await ended
    assert.match(output, /"stopped"/)
  } finally {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  }
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
