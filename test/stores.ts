/** Key stores and trust stores of Java for tests, made by keytool and OpenSSL in a folder that goes with the process. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Identity, STORE_PASSWORD } from './certificates.ts'
import { atExit } from './cluster/at-exit.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-stores-'))
atExit(() => rmSync(folder, { recursive: true, force: true }))

/** The path of a file in the folder. */
export function storePath(name: string): string {
  return join(folder, name)
}

/** Runs keytool, with its messages in English. @throws for another exit status than 0 */
export function keytool(...options: string[]): void {
  run('keytool', ['-J-Duser.language=en', ...options])
}

/** Runs OpenSSL. @throws for another exit status than 0 */
export function openssl(...options: string[]): void {
  run('openssl', options)
}

/** Creates a store of keytool with a new self-signed key, or adds one to it. */
export function generateKey(
  path: string,
  type: 'JKS' | 'PKCS12',
  alias: string,
  ...options: string[]
): void {
  const passwords = ['-storepass', STORE_PASSWORD, '-keypass', STORE_PASSWORD]
  const store = ['-storetype', type, '-keystore', path]
  const key = options.includes('-keyalg') ? [] : ['-keyalg', 'EC', '-groupname', 'secp256r1']
  const name = ['-alias', alias, '-dname', `CN=${alias}`, '-validity', '2']
  keytool('-genkeypair', ...name, ...key, ...store, ...passwords, ...options)
}

/** Creates a key store of keytool with a key, its certificate, and those of `chain`. */
export function keyStore(
  type: 'JKS' | 'PKCS12',
  name: string,
  { pem, key }: Identity,
  chain: string = pem,
): string {
  const p12 = storePath(`${name}.openssl.p12`)
  const protection = ['-passout', `pass:${STORE_PASSWORD}`]
  openssl(
    'pkcs12',
    '-export',
    '-in',
    chain,
    '-inkey',
    key,
    '-name',
    name,
    '-out',
    p12,
    ...protection,
  )
  const path = storePath(`${name}.${type.toLowerCase()}`)
  const from = ['-srckeystore', p12, '-srcstoretype', 'PKCS12', '-srcstorepass', STORE_PASSWORD]
  const to = ['-destkeystore', path, '-deststoretype', type, '-deststorepass', STORE_PASSWORD]
  keytool('-importkeystore', '-noprompt', ...from, ...to)
  return path
}

/** Creates a key store of keytool with a key for each identity; its alias is the name. */
export function keyStoreOfMany(
  type: 'JKS' | 'PKCS12',
  name: string,
  identities: ReadonlyMap<string, Identity>,
): string {
  const path = storePath(`${name}.many.${type.toLowerCase()}`)
  const to = ['-destkeystore', path, '-deststoretype', type, '-deststorepass', STORE_PASSWORD]
  for (const [alias, identity] of identities) {
    const source = keyStore(type, alias, identity)
    const from = ['-srckeystore', source, '-srcstoretype', type, '-srcstorepass', STORE_PASSWORD]
    keytool('-importkeystore', '-noprompt', ...from, ...to)
  }
  return path
}

/** Creates a trust store of keytool with the certificates of these files. */
export function trustStore(
  type: 'JKS' | 'PKCS12',
  name: string,
  certificates: readonly string[],
): string {
  const path = storePath(`${name}.trust.${type.toLowerCase()}`)
  const store = ['-keystore', path, '-storetype', type, '-storepass', STORE_PASSWORD]
  certificates.forEach((file, index) => {
    keytool('-importcert', '-noprompt', '-alias', `ca-${index}`, '-file', file, ...store)
  })
  return path
}

function run(command: string, options: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, options, { encoding: 'utf8' })
  if (status === 0) return
  throw new Error(`${command} ${options.join(' ')}: ${error?.message ?? stdout + stderr}`)
}
