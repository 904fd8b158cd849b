/** Wrong logins, and right ones among them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from '../../cluster/at-exit.ts'
import { RawConnection } from '../../integration/raw-connection.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const PASSWORD = 'wonderland of the hostile'
/** Of that password, as --hash-password writes it. */
const HASH =
  '$scrypt$ln=14,r=8,p=5$UA+K/h/Qr7SwXmRWtZ/gRg$9Q+yJdy8ImneckxZEgtV+g1GjxWntt167JUUMiEW9I4'
/** Each of them is an address with a pace of its own. */
const ATTACKERS = 12
const GUESSES = 60
/** Where the user has logged in before. */
const HOME = '127.0.1.1'
const HEADERS: readonly string[] = [
  'Basic',
  `Basic ${'A'.repeat(30_000)}`,
  `Basic ${Buffer.from('alice').toString('base64')}`,
  `Basic ${Buffer.from(`alice:${'\0'.repeat(20_000)}`).toString('base64')}`,
  `Basic ${Buffer.from(`${'a'.repeat(20_000)}:b`).toString('base64')}`,
  `Bearer ${'e'.repeat(30_000)}`,
  `Basic ${'='.repeat(30_000)}`,
  ','.repeat(30_000),
]

function usersFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hostile-'))
  atExit(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'users')
  writeFileSync(path, `alice:${HASH}:role\n`)
  return path
}

async function login(target: Target, from: string, authorization: string): Promise<number> {
  const connection = await RawConnection.open(target.sluice.url, from)
  await connection.send(
    `GET /brokers HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: ${authorization}\r\n\r\n`,
  )
  const { status = 0 } = (await connection.response()) ?? {}
  connection.close()
  target.note(status)
  return status
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`
}

/** Guesses one after another: some are checked, and then none for a time. */
async function guess(target: Target, from: string, count: number): Promise<void> {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) {
    statuses.push(await login(target, from, basic(`guess ${index}`)))
  }
  const others = statuses.filter((status) => status !== 401 && status !== 429)
  if (others.length > 0) target.problems.add(`a wrong password got ${others.join(', ')}`)
  if (!statuses.includes(429)) target.problems.add(`${count} guesses were not slowed down`)
}

export const LOGIN_SCENARIOS: readonly Scenario[] = [
  {
    name: 'logins',
    what: 'Wrong passwords of a user, from many addresses at once, malformed credentials, and right ones among them',
    get config() {
      return {
        'authentication.method': 'BASIC',
        'authentication.skip.paths': '/topics/*,/consumers/*,/metrics',
        'sluice.auth.users.file': usersFile(),
      }
    },
    async prepare(target) {
      const status = await login(target, HOME, basic(PASSWORD))
      if (status !== 200) throw new Error(`The user cannot log in: ${status}`)
    },
    async attack(target, share) {
      const network = 2 + Math.floor(Math.random() * 250)
      const attackers = Array.from(
        { length: ATTACKERS },
        (_, index) => `127.0.${network}.${index + 2}`,
      )
      const guesses = Math.max(30, Math.round(GUESSES * share))
      const guessing = Promise.all(attackers.map((from) => guess(target, from, guesses)))
      for (const header of HEADERS) {
        const status = await login(target, HOME, header)
        if (status !== 401 && status !== 429)
          target.problems.add(`malformed credentials got ${status}`)
        const known = await login(target, HOME, basic(PASSWORD))
        if (known !== 200) target.problems.add(`a user who had logged in before got ${known}`)
      }
      await guessing
    },
  },
]
