/** Java's key stores: what to put in the place of those that only Java can read. */

const CONTENT = {
  truststore: ['the certificates', '-nokeys'],
  keystore: ['the key and its chain', '-nodes'],
} as const

/**
 * What a store should be instead, and the commands that make it. Completes "expected …".
 * `also` stands behind the file, for what has to be set beside it.
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
