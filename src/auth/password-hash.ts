/** Hashes of passwords: scrypt, bcrypt and argon2, in the usual text forms. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { createRequire } from 'node:module'
import { ValueFault } from '../config/index.ts'
import type { StoredPassword } from './stored-password.ts'

/** The costs of new hashes: 16 MiB, and a quarter of a second on a slow core. */
const COST = { ln: 14, r: 8, p: 5 }
const SALT_BYTES = 16
const KEY_BYTES = 32

/** A hash of a file must not occupy the process for longer, or with more memory. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024
const MAX_WORK_BYTES = 4 * MAX_MEMORY_BYTES
const MAX_BCRYPT_COST = 15
const MAX_ARGON2_KIB = MAX_MEMORY_BYTES / 1024
const MAX_ARGON2_PASSES = 32

const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{8,86})\$([\w+/]{22,86})$/
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./\dA-Za-z]{53}$/
const ARGON2 =
  /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=\d{1,3}\$[\w+/]{11,86}\$[\w+/]{16,86}$/

/** Hashes a new password with scrypt and a random salt. */
export async function hashPassword(password: string): Promise<string> {
  const { ln, r, p } = COST
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, salt, KEY_BYTES, { N: 2 ** ln, r, p })
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`
}

/** Parses a hash. Throws a `ValueFault` without the hash. */
export function parsePasswordHash(text: string): StoredPassword {
  const hash = parseScrypt(text) ?? parseBcrypt(text) ?? parseArgon2(text)
  if (!hash) throw new ValueFault('a hash of scrypt, bcrypt or argon2 (v=19)')
  return hash
}

function parseScrypt(text: string): StoredPassword | undefined {
  const [, ln, r, p, salt, key] = SCRYPT.exec(text) ?? []
  if (salt === undefined || key === undefined) return undefined
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) }
  const memory = 128 * cost.N * cost.r
  const isUsable = cost.N > 1 && cost.r > 0 && cost.p > 0
  if (!isUsable || memory > MAX_MEMORY_BYTES || memory * cost.p > MAX_WORK_BYTES) {
    throw new ValueFault(`costs of scrypt of at most ${MAX_MEMORY_BYTES} bytes`)
  }
  const expected = Buffer.from(key, 'base64')
  const saltBytes = Buffer.from(salt, 'base64')
  return {
    async matches(password) {
      return timingSafeEqual(await derive(password, saltBytes, expected.length, cost), expected)
    },
  }
}

function parseBcrypt(text: string): StoredPassword | undefined {
  const [, cost] = BCRYPT.exec(text) ?? []
  if (cost === undefined) return undefined
  if (Number(cost) < 4 || Number(cost) > MAX_BCRYPT_COST) {
    throw new ValueFault(`a cost of bcrypt from 4 to ${MAX_BCRYPT_COST}`)
  }
  const { verify } = load<typeof import('@node-rs/bcrypt')>('@node-rs/bcrypt')
  return { matches: (password) => verify(password, text) }
}

function parseArgon2(text: string): StoredPassword | undefined {
  const [, memory, passes] = ARGON2.exec(text) ?? []
  if (memory === undefined) return undefined
  if (Number(memory) > MAX_ARGON2_KIB || Number(passes) > MAX_ARGON2_PASSES) {
    throw new ValueFault(
      `costs of argon2 of at most m=${MAX_ARGON2_KIB} and t=${MAX_ARGON2_PASSES}`,
    )
  }
  const { verify } = load<typeof import('@node-rs/argon2')>('@node-rs/argon2')
  return { matches: (password) => verify(text, password) }
}

const require = createRequire(import.meta.url)

/** Loads a library with the first hash that needs it. Throws a `ValueFault` if it has no binary for this system. */
function load<Library>(name: string): Library {
  try {
    return require(name)
  } catch {
    throw new ValueFault(`a hash of scrypt, because ${name} has no binary for this system,`)
  }
}

function derive(
  password: string,
  salt: Uint8Array,
  bytes: number,
  cost: ScryptOptions,
): Promise<Buffer> {
  const options = { ...cost, maxmem: 2 * MAX_MEMORY_BYTES }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
