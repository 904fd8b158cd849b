/** Keys of the protection of HTTP: TLS, authentication, plug-ins. */

import {
  bool,
  each,
  ignored,
  list,
  oneOf,
  password,
  refused,
  string,
  unsupported,
  ValueFault,
} from '../define.ts'
import { principalMapping } from '../principal-rules.ts'

const OPENSSL = "OpenSSL's algorithms are used"
const NO_SNI_CHECK = 'the server name of a TLS connection is not compared with the Host header'
const NO_AUTHENTICATION = 'HTTP clients are not authenticated'

/** The class of Confluent's plug-in with which each principal acts in Kafka as itself. */
const SECURITY_EXTENSION = 'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension'

/** Keys of the protection of HTTP. */
export const securityKeys = {
  'ssl.keystore.location': string({
    default: '',
    importance: 'high',
    doc:
      'Key store with the private key and the certificates of `https` listeners, which need it: a PEM file, PKCS12 ' +
      'or JKS.',
  }),
  'ssl.keystore.password': password({
    importance: 'high',
    doc: 'Password of the key store, if it is PKCS12 or JKS.',
  }),
  'ssl.keystore.type': string({
    default: '',
    shownDefault: 'the type of the content',
    importance: 'medium',
    doc: 'Type of the key store: `PEM`, `PKCS12` or `JKS`. A store of another type prevents the start.',
  }),
  'ssl.key.password': password({
    importance: 'high',
    doc: 'Password of the private key; without it that of the key store.',
  }),
  'ssl.truststore.location': string({
    default: '',
    importance: 'high',
    doc:
      'Trust store with the authorities that sign certificates of clients: a PEM file, PKCS12 or JKS. Required if ' +
      '`ssl.client.authentication` is not `NONE`.',
  }),
  'ssl.truststore.password': password({
    importance: 'high',
    doc: 'Password of the trust store, if it is PKCS12 or JKS.',
  }),
  'ssl.truststore.type': string({
    default: '',
    shownDefault: 'the type of the content',
    importance: 'medium',
    doc: 'Type of the trust store: `PEM`, `PKCS12` or `JKS`. A store of another type prevents the start.',
  }),
  'ssl.client.authentication': oneOf(['NONE', 'REQUESTED', 'REQUIRED'], {
    default: 'NONE',
    importance: 'high',
    doc:
      'Whether `https` listeners ask clients for a certificate. A connection with a certificate that the trust store ' +
      'does not verify always fails; with `REQUIRED` one without a certificate fails, too.',
  }),
  'ssl.client.auth': bool({
    default: false,
    importance: 'low',
    doc: 'Old name: true is `ssl.client.authentication=REQUIRED`, which takes precedence if it is set.',
  }),
  'ssl.enabled.protocols': list({
    default: [],
    shownDefault: 'TLSv1.2,TLSv1.3',
    importance: 'medium',
    doc: 'Versions of TLS, of `TLSv1.2` and `TLSv1.3`. Older versions in the list are not enabled.',
  }),
  'ssl.cipher.suites': list({
    default: [],
    shownDefault: "OpenSSL's",
    importance: 'low',
    doc:
      "Cipher suites by Java's names, as in `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` and `TLS_AES_128_GCM_SHA256`. A " +
      'version of TLS without a suite in the list is not enabled.',
  }),
  'ssl.keystore.reload': bool({
    default: false,
    importance: 'medium',
    doc:
      'Whether the stores are read again within seconds when their files change. SIGHUP has the same effect at any ' +
      'time. Open connections continue. Stores that cannot be read change nothing, and the log tells.',
  }),
  'ssl.keystore.watch.location': string({
    default: '',
    importance: 'low',
    doc: 'File whose change has the stores read again, instead of the key store.',
  }),
  'auth.ssl.principal.mapping.rules': {
    ...string({
      default: 'DEFAULT',
      importance: 'medium',
      doc:
        "Rules that make the name of a principal of the subject of a client's certificate (RFC 2253), as Kafka's " +
        '`ssl.principal.mapping.rules`: `RULE:pattern/replacement/[LU]` and `DEFAULT`, separated by commas. The first that ' +
        'matches counts; a client whose certificate none matches gets 401. Another name of the key begins with ' +
        '`confluent.rest.`.',
    }),
    parse(text: string) {
      principalMapping(text)
      return text.trim()
    },
  },
  'authentication.method': refused(NO_AUTHENTICATION, ['NONE', '']),
  'kafka.rest.resource.extension.class': list({
    default: [],
    valid: `\`${SECURITY_EXTENSION}\``,
    parseItem(text) {
      if (text === SECURITY_EXTENSION) return text
      throw new ValueFault(
        `${SECURITY_EXTENSION}, because Sluice loads no Java plug-ins, and such plug-ins often restrict access`,
      )
    },
    importance: 'medium',
    doc: "Confluent's plug-in for security is the same as `sluice.kafka.identity=propagate`.",
  }),
  'confluent.rest.auth.propagate.method': oneOf(['SSL'], {
    default: 'SSL',
    importance: 'medium',
    doc: 'Where `kafka.rest.resource.extension.class` takes the principal from: `SSL` is the certificate of the client.',
  }),
  ...each(
    [
      'resource.extension.classes',
      'rest.servlet.initializor.classes',
      'websocket.servlet.initializor.classes',
    ],
    refused('Sluice loads no Java plug-ins, and such plug-ins often restrict access', ['']),
  ),

  ...each(['ssl.keymanager.algorithm', 'ssl.trustmanager.algorithm'], ignored(OPENSSL)),
  ...each(['ssl.protocol', 'ssl.provider'], ignored(OPENSSL)),
  'ssl.endpoint.identification.algorithm': ignored(
    'the certificates of clients are verified by the trust store, and not by host names',
  ),
  ...each(
    ['ssl.spire.enabled', 'ssl.spire.trust.only.enabled'],
    refused('certificates do not come from SPIRE', ['false', '']),
  ),
  ...each(
    ['sni.check.enabled', 'prefix.sni.check.enabled', 'reject.invalid.sni.headers'],
    refused(NO_SNI_CHECK, ['false', '']),
  ),
  ...each(
    ['sni.host.check.enabled', 'prefix.sni.prefix', 'expected.sni.headers'],
    unsupported(NO_SNI_CHECK, ['false', '']),
  ),
  ...each(
    ['authentication.realm', 'authentication.roles', 'authentication.skip.paths'],
    unsupported(NO_AUTHENTICATION, ['']),
  ),
} as const
