/** Masks secrets in values of settings. */

const HIDDEN = '[hidden]'

/** Parts of keys whose values are secrets, of Kafka, librdkafka and the registry. */
const SECRET_KEY = new RegExp(
  [
    'passw(?:or)?d|passphrase|secret|token$|api\\.?key|access\\.?key',
    // A command line may hold a password.
    'kerberos\\.kinit\\.cmd',
    'sasl\\.jaas\\.config|sasl\\.oauthbearer\\.config',
    'basic\\.auth\\.user\\.info',
    'ssl\\.key\\.pem|ssl\\.keystore\\.key$|private\\.key\\.pem',
  ].join('|'),
  'i',
)

/** The text between `//` and the last `@` of each URL. */
const URL_CREDENTIALS = /\/\/(?:(?!,\s*[a-z][\w+.-]*:\/\/)\S)*@/gi

/** The text before the last `@` of an address without a scheme: an invalid value must not show a password either. */
const BARE_CREDENTIALS = /(^|[\s,])[^\s,/@:]+:(?!\/\/)[^\s,@]*@/g

/** Returns `text`, the value of `key`, with its secrets masked. */
export function masked(key: string, text: string): string {
  if (SECRET_KEY.test(key)) return text === '' ? '' : HIDDEN
  return text.replace(URL_CREDENTIALS, `//${HIDDEN}@`).replace(BARE_CREDENTIALS, `$1${HIDDEN}@`)
}
