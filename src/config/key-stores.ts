/** Replacements for Java's key stores that only Java can read. */

const CONTENT = {
  truststore: ['the certificates', '-nokeys'],
  keystore: ['the key and its chain', '-nodes'],
} as const

/**
 * Describes the replacement of a store, with the commands that create it. Completes "expected …". `also` follows the
 * file, for further settings.
 */
export function describeConversion(store: keyof typeof CONTENT, also = ''): string {
  const [content, options] = CONTENT[store]
  return (
    `a PEM file with ${content}${also}; convert with: ` +
    `keytool -importkeystore -srckeystore ${store}.jks -destkeystore ${store}.p12 ` +
    `-deststoretype PKCS12, then ` +
    `openssl pkcs12 -in ${store}.p12 ${options} -out ${store}.pem`
  )
}
