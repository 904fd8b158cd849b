/**
 * The secrets that tests use, and the texts that must not have them: logs, output of commands, responses. A secret is known here
 * once a setting or a request has it. A test file whose texts had a secret fails at its end, whatever its tests say.
 */
import { masked } from '../../src/config/index.ts'
import { atExit } from './at-exit.ts'

/** A shorter text may be a part of many others. */
const MIN_CHARS = 8
/** In settings and in entries of a JAAS file. */
const QUOTED = /(?:password|secret)\s*=\s*"([^"]+)"/gi
const USER_INFO = /\/\/([^/@\s:]+):([^/@\s]+)@/g

/** What each secret is; it is never shown itself. */
const known = new Map<string, string>()
const findings = new Set<string>()

/** Makes a secret known. `what` describes it in messages. */
export function registerSecret(what: string, secret: string): void {
  if (secret.length >= MIN_CHARS) known.set(secret, what)
}

/** Makes the secrets of settings known: values that Sluice does not show. */
export function registerSettings(settings: Readonly<Record<string, string | number>>): void {
  for (const [key, value] of Object.entries(settings)) {
    const text = String(value)
    if (masked(key, text) === text) continue
    for (const secret of secretsIn(key, text)) registerSecret(key, secret)
  }
}

function secretsIn(key: string, text: string): string[] {
  const quoted = [...text.matchAll(QUOTED)].map(([, secret = '']) => secret)
  const ofUrls = [...text.matchAll(USER_INFO)].map(([, , secret = '']) => secret)
  const ofUser = /user\.info$/.test(key) ? [text.slice(text.indexOf(':') + 1)] : []
  const whole = /passw|secret$|token$/i.test(key) ? [text] : []
  return [...quoted, ...ofUrls, ...ofUser, ...whole]
}

/** Makes the credentials of a request known. */
export function registerAuthorization(header: string): void {
  const [, scheme = '', credentials = ''] = /^(basic|bearer) +(\S+)$/i.exec(header) ?? []
  if (scheme === '') return
  registerSecret('the credentials of a request', credentials)
  if (scheme.toLowerCase() === 'bearer') return
  const decoded = Buffer.from(credentials, 'base64').toString()
  registerSecret('the password of a request', decoded.slice(decoded.indexOf(':') + 1))
}

/** Looks for the known secrets in a text. `where` describes it in messages. */
export function checkText(where: string, text: string): void {
  for (const [secret, what] of known) {
    const found = spellings(secret).find((spelling) => text.includes(spelling))
    if (found !== undefined) findings.add(`${where} has a secret: ${what}`)
  }
}

/** What was found so far. */
export function secretFindings(): readonly string[] {
  return [...findings]
}

/** Forgets the secrets and the findings. */
export function forgetSecrets(): void {
  known.clear()
  findings.clear()
}

function spellings(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1)
  return [secret, encodeURIComponent(secret), inJson, Buffer.from(secret).toString('base64')]
}

atExit(() => {
  if (findings.size === 0) return
  for (const finding of findings) console.error(finding)
  process.exitCode = 1
})
