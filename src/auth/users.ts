/** The users of a file, with their passwords and roles. */
import { createHmac, randomBytes } from 'node:crypto'
import { parseProperties, ValueFault } from '../config/index.ts'
import { parseJettyPassword } from './jetty-password.ts'
import { parsePasswordHash } from './password-hash.ts'
import type { StoredPassword } from './stored-password.ts'

/** A user of a file. */
export interface User {
  readonly name: string
  readonly password: StoredPassword
  /** The password as the file has it. */
  readonly stored: string
  readonly roles: readonly string[]
}

const LINE = /^([^:]+):([^:]+)(?::([^:]*))?$/

/** Parses `sluice.auth.users.file`. Throws a `ValueFault`, which names a line and nothing of a hash. */
export function parseUsersFile(bytes: Buffer): Users {
  const lines = bytes.toString().split(/\r?\n/)
  const entries = lines.map((text, index) => ({ text: text.trim(), line: index + 1 }))
  return usersOf(
    entries.filter(({ text }) => text !== '' && !text.startsWith('#')),
    ({ text }) => {
      const [, name = '', hash = '', roles = ''] = LINE.exec(text) ?? []
      if (name === '') throw new ValueFault('name:hash, or name:hash:role,role')
      const stored = hash.trim()
      const password = parsePasswordHash(stored)
      return { name: name.trim(), password, stored, roles: namesIn(roles) }
    },
  )
}

/** Parses the property file of Jetty's login module, as Jetty does. Throws as `parseUsersFile` does. */
export function parseJettyUsers(bytes: Buffer): Users {
  let entries: ReturnType<typeof parseProperties>
  try {
    entries = parseProperties(bytes)
  } catch (error) {
    throw new ValueFault(`a properties file: ${(error as Error).message}`)
  }
  // As in Java, the last one of a name counts.
  const last = new Map(entries.map((entry) => [entry.key.trim(), entry]))
  last.delete('')
  return usersOf([...last.values()], ({ key, value }) => {
    const [first = '', ...roles] = value.split(',')
    const stored = first.trim()
    const password = parseJettyPassword(stored)
    return { name: key.trim(), password, stored, roles: namesIn(roles.join(',')) }
  })
}

function usersOf<Entry extends { readonly line: number }>(
  entries: readonly Entry[],
  parse: (entry: Entry) => User,
): Users {
  const users = new Map<string, User>()
  for (const entry of entries) {
    try {
      const user = parse(entry)
      if (users.has(user.name)) throw new ValueFault('each name once')
      users.set(user.name, user)
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      throw new ValueFault(`${error.message} in line ${entry.line}`)
    }
  }
  if (users.size === 0) throw new ValueFault('at least one user')
  return new Users(users)
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** The users of one file. */
export class Users {
  readonly #byName: ReadonlyMap<string, User>
  readonly #all: readonly User[]
  readonly #decoyKey = randomBytes(32)

  /** @param byName not empty */
  constructor(byName: ReadonlyMap<string, User>) {
    this.#byName = byName
    this.#all = [...byName.values()]
  }

  /** The user of a name, whose password is not checked. */
  get(name: string): User | undefined {
    return this.#byName.get(name)
  }

  /** Resolves to the user of a name and a password; undefined if there is none. An unknown name takes as long as a known one. */
  async find(name: string, password: string): Promise<User | undefined> {
    const user = this.#byName.get(name)
    const matches = await (user ?? this.#decoy(name)).password.matches(password)
    return matches ? user : undefined
  }

  /** A user whose password takes the time of an unknown name: always the same one, as for a known name. */
  #decoy(name: string): User {
    const number = createHmac('sha256', this.#decoyKey).update(name).digest().readUInt32BE()
    return this.#all[number % this.#all.length] as User
  }
}
