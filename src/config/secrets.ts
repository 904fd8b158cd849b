/** Which values must never be shown, and what is shown instead. */

const HIDDEN = '[hidden]'

/** Kafka's, librdkafka's and the registry's names of secrets, wherever they stand in a key. */
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

/** What stands between `//` and the last `@` of a URL; in a list of URLs, of each. */
const URL_CREDENTIALS = /\/\/(?:(?!,\s*[a-z][\w+.-]*:\/\/)\S)*@/gi

/** The same of an address without a scheme, which is a mistake that must not show a password. */
const BARE_CREDENTIALS = /(^|[\s,])[^\s,/@:]+:(?!\/\/)[^\s,@]*@/g

/** `text`, the value of `key`, as it may be printed and logged. */
export function masked(key: string, text: string): string {
  if (SECRET_KEY.test(key)) return text === '' ? '' : HIDDEN
  return text.replace(URL_CREDENTIALS, `//${HIDDEN}@`).replace(BARE_CREDENTIALS, `$1${HIDDEN}@`)
}
