/** Where the users of a realm are: a file of their own, or a property file that a JAAS file names. */
import { readFileSync } from 'node:fs'
import {
  authenticationOf,
  type Config,
  listenersOf,
  parseJaasFile,
  ValueFault,
} from '../config/index.ts'
import { parseJettyUsers, parseUsersFile, type Users } from './users.ts'

/** The place of the users of a realm. */
export interface UserStore {
  readonly realm: string
  /** The key that names the file. */
  readonly key: 'sluice.auth.users.file' | 'sluice.auth.jaas.file'
  readonly file: string
}

/** The users of a realm, and the files that they were read from. */
export interface StoredUsers {
  readonly users: Users
  readonly files: readonly string[]
}

/** A login module of Jetty that reads a property file. */
const PROPERTY_FILE_MODULE = 'PropertyFileLoginModule'

/** Returns the stores of all listeners with `BASIC`, one for each realm. */
export function userStoresOf(config: Config): readonly UserStore[] {
  const listeners = listenersOf(config).map((listener) => authenticationOf(config, listener))
  const realms = listeners.filter(({ methods }) => methods.includes('BASIC'))
  const ofUsersFile = config['sluice.auth.users.file'] !== ''
  const key = ofUsersFile ? 'sluice.auth.users.file' : 'sluice.auth.jaas.file'
  return [...new Set(realms.map(({ realm }) => realm))].map((realm) => ({
    realm,
    key,
    file: config[key],
  }))
}

/** Reads the users of a store. Throws a `ValueFault` that names the file, and nothing of a password. */
export function readUsers({ realm, key, file }: UserStore): StoredUsers {
  if (key === 'sluice.auth.users.file') {
    return { users: parsed(file, parseUsersFile), files: [file] }
  }
  const userFile = parsed(file, (bytes) => userFileOf(bytes, realm))
  return { users: parsed(userFile, parseJettyUsers), files: [file, userFile] }
}

function userFileOf(bytes: Buffer, realm: string): string {
  const entry = parseJaasFile(bytes.toString()).get(realm)
  if (!entry) throw new ValueFault(`an entry ${realm}, which authentication.realm names`)
  const [only, ...others] = entry
  if (!only || others.length > 0 || only.module !== PROPERTY_FILE_MODULE) {
    throw new ValueFault(`one ${PROPERTY_FILE_MODULE} and no other login module in ${realm}`)
  }
  const userFile = only.options.get('file')
  if (!userFile) throw new ValueFault(`the option file of ${PROPERTY_FILE_MODULE} in ${realm}`)
  return userFile
}

/** Reads and parses a file. Throws a `ValueFault` that names it. */
export function parsed<T>(file: string, parse: (bytes: Buffer) => T): T {
  try {
    return parse(readFileSync(file))
  } catch (error) {
    if (error instanceof ValueFault) throw new ValueFault(`${error.message} of ${file}`)
    throw new ValueFault(`a file that can be read: ${(error as Error).message}`)
  }
}
