/** Decides for the process whose credentials are valid, and reads users and keys again when they change. */
import {
  authenticationOf,
  type Config,
  type Fault,
  listenersOf,
  ValueFault,
} from '../config/index.ts'
import { FileWatch } from '../file-watch.ts'
import type { Sample } from '../histogram.ts'
import type { Logger } from '../log.ts'
import { Epoch } from './epoch.ts'
import { Passwords } from './passwords.ts'
import { RemoteKeys } from './remote-keys.ts'
import { type PublicKey, parsePublicKey, Tokens } from './tokens.ts'
import { parsed, readUsers, type StoredUsers, userStoresOf } from './user-store.ts'
import type { Attempt, CredentialChecker, Verdict } from './verdict.ts'

/** Returns the authority of a configuration; undefined if no listener asks for credentials. Throws as its constructor does. */
export function authorityOf(config: Config, log: Logger): Authority | undefined {
  const methods = listenersOf(config).flatMap((each) => authenticationOf(config, each).methods)
  return methods.length === 0 ? undefined : new Authority(config, log)
}

/** What the files have: as they were last read without a fault. */
interface Contents {
  readonly realms: ReadonlyMap<string, StoredUsers>
  readonly publicKey: PublicKey | undefined
}

/** A key of the configuration whose file cannot be used. */
class FileFault extends Error {
  readonly key: 'sluice.auth.users.file' | 'sluice.auth.jaas.file' | 'public.key.path'

  constructor(key: FileFault['key'], { message }: ValueFault) {
    super(message)
    this.key = key
  }
}

/** Returns the faults of the files of users and keys: the first one, or none. */
export function faultsOfAuthority(config: Config): readonly Fault[] {
  try {
    readContents(config)
    return []
  } catch (error) {
    if (!(error instanceof FileFault)) throw error
    const { key, message: expected } = error
    return [{ key, expected, source: config.originals.get(key)?.source ?? 'not set' }]
  }
}

/** See the top of this file. The process has one, in its main thread. */
export class Authority implements CredentialChecker {
  /** Of the users and keys that count now. */
  readonly epoch = new Epoch()
  readonly #config: Config
  readonly #log: Logger
  readonly #passwords: Passwords
  readonly #tokens: Tokens
  /** Undefined without `oauthbearer.jwks.endpoint.url`. */
  readonly #remoteKeys: RemoteKeys | undefined
  readonly #watch: FileWatch
  readonly #checks = new Map<string, number>()
  readonly #reloads = { success: 0, failure: 0 }
  #contents: Contents
  #reloading: Promise<void> = Promise.resolve()

  /** Reads the files. Throws an error that names the key of an unusable one. */
  constructor(config: Config, log: Logger) {
    this.#config = config
    this.#log = log
    this.#contents = readContents(config)
    this.#passwords = new Passwords((realm) => this.#contents.realms.get(realm)?.users)
    const url = config['oauthbearer.jwks.endpoint.url']
    this.#remoteKeys =
      url === ''
        ? undefined
        : new RemoteKeys(url, {
            log,
            onChange: () => this.epoch.advance(),
            onLoad: (result) => this.#reloads[result]++,
          })
    this.#tokens = new Tokens(
      {
        issuer: config['oauthbearer.expected.issuer'],
        audiences: config['oauthbearer.expected.audience'],
        nameClaim: config['oauthbearer.sub.claim.name'],
        groupsClaim: config['oauthbearer.groups.claim.name'],
      },
      { find: this.#remoteKeys?.find, ownKey: () => this.#contents.publicKey },
    )
    this.#watch = new FileWatch(
      () => this.#files,
      () => this.reload('a file has changed'),
    )
  }

  /** The numbers of checks and of reloads. */
  get readings() {
    const results = Object.entries(this.#reloads)
    return {
      sluice_authentication_checks_total: [...this.#checks].map(([key, value]): Sample => {
        const [method = '', result = ''] = key.split(' ')
        return { labels: { method, result }, value }
      }),
      sluice_authentication_reloads_total: results.map(
        ([result, value]): Sample => ({ labels: { result }, value }),
      ),
    }
  }

  /** Whether there is something that reload() reads. */
  get isReloadable(): boolean {
    return this.#files.length > 0 || this.#remoteKeys !== undefined
  }

  /** Watches the files, and asks for the keys of tokens. */
  start(): void {
    void this.#remoteKeys?.refresh()
    this.#watch.start()
  }

  stop(): void {
    this.#watch.stop()
  }

  /** Reads the files again, one after another, and asks for the keys of tokens. A fault changes nothing. Does not reject. */
  reload(reason: string): Promise<void> {
    void this.#remoteKeys?.refresh()
    this.#reloading = this.#reloading.then(() => this.#reload(reason))
    return this.#reloading
  }

  async checkCredentials(attempt: Attempt): Promise<Verdict> {
    const verdict = await this.#check(attempt)
    const key = `${attempt.method} ${verdict.kind}`
    this.#checks.set(key, (this.#checks.get(key) ?? 0) + 1)
    return verdict
  }

  async #check(attempt: Attempt): Promise<Verdict> {
    try {
      if (attempt.method === 'BEARER') return await this.#tokens.check(attempt.credentials)
      return await this.#passwords.check(attempt)
    } catch (error) {
      // The error of a library may quote what it got.
      this.#log.error({ method: attempt.method, code: codeOf(error) }, 'credentials: check failed')
      return { kind: 'unavailable' }
    }
  }

  get #files(): readonly string[] {
    const ofUsers = [...this.#contents.realms.values()].flatMap(({ files }) => files)
    const ofKey = this.#config['public.key.path']
    return ofKey === '' ? ofUsers : [...ofUsers, ofKey]
  }

  #reload(reason: string): void {
    try {
      this.#contents = readContents(this.#config)
      this.epoch.advance()
      this.#reloads.success++
      this.#log.info({ reason }, 'files of users and keys were read again')
    } catch (error) {
      this.#reloads.failure++
      const { key, message } = error as FileFault
      this.#log.error(
        { reason, key, expected: message },
        'files of users and keys cannot be read again: what was read before stays',
      )
    }
  }
}

/** Reads all files. Throws a FileFault. */
function readContents(config: Config): Contents {
  const realms = userStoresOf(config).map((store) => {
    return [store.realm, reading(store.key, () => readUsers(store))] as const
  })
  const path = config['public.key.path']
  const publicKey =
    path === '' ? undefined : reading('public.key.path', () => parsed(path, parsePublicKey))
  return { realms: new Map(realms), publicKey }
}

function reading<T>(key: FileFault['key'], read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof ValueFault ? new FileFault(key, error) : error
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown'
}
