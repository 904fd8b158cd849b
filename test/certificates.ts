/** Keys and certificates for tests, made by OpenSSL and keytool in a folder that goes with the process. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './cluster/at-exit.ts'

/** A key with its certificate, as files. */
export interface Identity {
  /** The certificate alone. */
  readonly cert: string
  readonly key: string
  /** Key and certificate in one file. */
  readonly pem: string
}

/** Of every store that is protected. */
export const STORE_PASSWORD = 'for tests'

const folder = mkdtempSync(join(tmpdir(), 'sluice-certificates-'))
atExit(() => rmSync(folder, { recursive: true, force: true }))

/** An authority of its own. */
export function createAuthority(name: string): Identity {
  const options = ['-addext', 'basicConstraints=critical,CA:TRUE']
  const { cert, key } = paths(name)
  openssl([...newKey(name), '-x509', '-days', '2', ...options, '-out', cert])
  return identity(name, cert, key)
}

/** Signed by the authority, for the host (`DNS:…` or `IP:…`) when there is one. The subject is `/CN=name`, or as given. */
export function createIdentity(
  name: string,
  authority: Identity,
  host?: string,
  subject?: string,
): Identity {
  const { cert, key, request, extensions } = paths(name)
  openssl([...newKey(name, subject), '-out', request])
  writeFileSync(extensions, host ? `subjectAltName=${host}\n` : '')
  const signer = ['-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial']
  openssl([
    'x509',
    '-req',
    '-days',
    '2',
    '-in',
    request,
    ...signer,
    '-extfile',
    extensions,
    '-out',
    cert,
  ])
  return identity(name, cert, key)
}

/** The same key, encrypted with the password, and the certificate, in one PEM file. */
export function encryptedPem(name: string, { cert, key }: Identity): string {
  const encrypted = join(folder, `${name}.key`)
  openssl(['pkcs8', '-topk8', '-in', key, '-out', encrypted, '-passout', `pass:${STORE_PASSWORD}`])
  const path = join(folder, `${name}.pem`)
  writeFileSync(path, readFileSync(encrypted, 'utf8') + readFileSync(cert, 'utf8'))
  return path
}

/** The identity as a PKCS12 store. */
export function pkcs12(name: string, { cert, key }: Identity): string {
  const path = join(folder, `${name}.p12`)
  const protection = ['-passout', `pass:${STORE_PASSWORD}`]
  openssl(['pkcs12', '-export', '-in', cert, '-inkey', key, '-out', path, ...protection])
  return path
}

function paths(name: string) {
  return {
    cert: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key.pem`),
    request: join(folder, `${name}.csr`),
    extensions: join(folder, `${name}.ext`),
  }
}

function newKey(name: string, subject = `/CN=${name}`): string[] {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  return ['req', '-utf8', ...curve, '-keyout', paths(name).key, '-subj', subject]
}

function identity(name: string, cert: string, key: string): Identity {
  const pem = join(folder, `${name}.both.pem`)
  writeFileSync(pem, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'))
  return { cert, key, pem }
}

function openssl(options: string[]): void {
  run('openssl', options)
}

function run(command: string, options: string[]): void {
  const { status, stderr, error } = spawnSync(command, options, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${options[0]} failed: ${error?.message ?? stderr}`)
}
