/** Keys of the protection of HTTP: TLS, authentication, plug-ins. */

import { parseMethods, parseSkipPath, parseUrl } from '../authentication-values.ts'
import {
  bool,
  each,
  ignored,
  list,
  oneOf,
  password,
  refused,
  string,
  ValueFault,
} from '../define.ts'
import { principalMapping } from '../principal-rules.ts'

const OPENSSL = "OpenSSL's algorithms are used"
const NO_SNI_CHECK = 'the server name of a TLS connection is not compared with the Host header'
const NO_PLUG_INS = 'Sluice loads no Java plug-ins, and such plug-ins often restrict access'

/** The classes of Confluent's plug-ins whose behaviour Sluice has. */
const INITIALIZERS: readonly string[] = [
  'io.confluent.common.security.jetty.initializer.InstallBearerOrBasicSecurityHandler',
  'io.confluent.common.security.jetty.initializer.AuthenticationHandler',
]

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
  'sluice.ssl.keystore.alias': string({
    default: '',
    importance: 'low',
    doc:
      'Alias of the entry with the private key, for key stores (PKCS12, JKS) with several. Without it such a store prevents the ' +
      'start. A listener may have its own value.',
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
  'kafka.rest.resource.extension.class': list({
    default: [],
    valid: `\`${SECURITY_EXTENSION}\``,
    parseItem(text) {
      if (text === SECURITY_EXTENSION) return text
      throw new ValueFault(`${SECURITY_EXTENSION}: ${NO_PLUG_INS}`)
    },
    importance: 'medium',
    doc: "Confluent's plug-in for security is the same as `sluice.kafka.identity=propagate`.",
  }),
  'confluent.rest.auth.propagate.method': oneOf(['SSL', 'JETTY_AUTH'], {
    default: 'SSL',
    importance: 'medium',
    doc:
      'Where `kafka.rest.resource.extension.class` takes the principal from: `SSL` is the certificate of the client, ' +
      '`JETTY_AUTH` its password or token, which all listeners ask for then (`authentication.method`).',
  }),
  'authentication.method': {
    support: 'supported',
    type: 'list',
    default: ['NONE'],
    valid: '`NONE`, `BASIC`, `BEARER`, or `BASIC,BEARER`; in upper case',
    importance: 'high',
    doc:
      'How clients prove who they are: `BASIC` by a name and a password, `BEARER` by a signed token (JWT). Of two methods ' +
      'each is sufficient. Requests without valid credentials get 401, also those of paths that do not exist. `/healthy` ' +
      'and `/ready` need no credentials.',
    parse: parseMethods,
  },
  'authentication.realm': string({
    default: '',
    importance: 'medium',
    doc:
      'Text that clients get with a 401, and name of the entry in `sluice.auth.jaas.file` that names the file of users. ' +
      'Not required with `sluice.auth.users.file`.',
  }),
  'authentication.roles': list({
    default: ['*'],
    importance: 'medium',
    doc:
      'Roles that admit a client: a client needs one of them, and gets 403 without any. `*` is any role of the file of users, `**` admits all users, also ' +
      'those without a role, and an empty list admits nobody. The roles of a token are its groups; `*` admits all valid ' +
      'tokens.',
  }),
  'authentication.skip.paths': list({
    default: [],
    valid: '`/path`, or `/path/*` for the path and all below it; without the path of `listeners`',
    parseItem: parseSkipPath,
    importance: 'medium',
    doc: 'Paths that need no credentials. They are compared with the path as a request writes it.',
  }),
  'sluice.auth.users.file': string({
    default: '',
    importance: 'high',
    doc:
      'File with the users of `BASIC`, one in a line: `name:hash`, or `name:hash:role,role`. `sluice --hash-password NAME` ' +
      'writes such a line; hashes of scrypt, bcrypt (as `htpasswd -B` writes them) and argon2 are valid. A changed file is ' +
      'read again within seconds, and on SIGHUP; a file with a fault changes nothing. It takes precedence over ' +
      '`sluice.auth.jaas.file`.',
  }),
  'sluice.auth.jaas.file': string({
    default: '',
    shownDefault:
      '`-Djava.security.auth.login.config` in the environment variable `KAFKAREST_OPTS`',
    importance: 'high',
    doc:
      'JAAS file whose entry `authentication.realm` has the login module `PropertyFileLoginModule` of Jetty. The option ' +
      '`file` of the module names the file of users, with a line `name: password,role` for each; passwords are plain, `OBF:`, `MD5:` ' +
      'or `CRYPT:`. Another login module prevents the start. Changed files are read again as `sluice.auth.users.file`.',
  }),
  'sluice.authenticator.module': string({
    default: '',
    importance: 'medium',
    doc:
      'JavaScript module that authenticates all requests of clients, in the place of `authentication.method`. Its default ' +
      'export makes an object with the method `authenticate(request)`; the types are those of `sluice/authenticator`. A request ' +
      'gets 401 if the method returns `undefined`, and 500 if it fails. `authentication.roles` and ' +
      '`authentication.skip.paths` have an effect.',
  }),
  'oauthbearer.jwks.endpoint.url': {
    ...string({
      default: '',
      importance: 'high',
      doc:
        'URL of the keys (JWKS) that sign the tokens of `BEARER`. They are read again when they are ten minutes old, and when ' +
        'a token names an unknown key, at most every ten seconds; while the URL does not answer, the last keys count. Authorities of ' +
        'its certificate that Node.js does not know are in the file that the environment variable `NODE_EXTRA_CA_CERTS` names.',
    }),
    valid: '`https://host/path` or `http://host/path`',
    parse: parseUrl,
  },
  'oauthbearer.expected.issuer': string({
    default: '',
    importance: 'high',
    doc: 'Issuer that tokens must have. Empty: any.',
  }),
  'oauthbearer.expected.audience': list({
    default: [],
    importance: 'high',
    doc: 'Audiences that a token may name: one of them is enough. An empty list admits tokens for all services.',
  }),
  'oauthbearer.sub.claim.name': string({
    default: 'sub',
    importance: 'medium',
    doc: 'Claim of a token that has the name of the client. A token without it is not valid.',
  }),
  'oauthbearer.groups.claim.name': string({
    default: 'groups',
    importance: 'medium',
    doc: 'Claim of a token that has the groups of the client: a list of texts, or one text.',
  }),
  'public.key.path': string({
    default: '',
    importance: 'medium',
    doc:
      'PEM file with a public key that signs tokens, beside or instead of `oauthbearer.jwks.endpoint.url`. It is read again ' +
      'as `sluice.auth.users.file`.',
  }),
  'rest.servlet.initializor.classes': list({
    default: [],
    valid: INITIALIZERS.map((name) => `\`${name}\``).join(', '),
    parseItem(text) {
      if (INITIALIZERS.includes(text)) return text
      throw new ValueFault(`${INITIALIZERS.join(' or ')}: ${NO_PLUG_INS}`)
    },
    importance: 'low',
    doc:
      "Confluent's plug-ins for authentication. Each is the same as `authentication.method=BEARER`, and with a file of users " +
      'as `BASIC,BEARER`, for all listeners.',
  }),
  ...each(
    ['resource.extension.classes', 'websocket.servlet.initializor.classes'],
    refused(NO_PLUG_INS, ['']),
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
    ['prefix.sni.prefix', 'expected.sni.headers'],
    ignored('they have an effect only with a key that enables the check'),
  ),
  'sni.host.check.enabled': bool({
    default: false,
    importance: 'medium',
    doc:
      'Whether a request to an `https` listener has to name, in its Host header, a host or an address that the certificate of the ' +
      'listener is for; otherwise it gets 400. Of requests from `sluice.trusted.proxies` the forwarded host counts. A listener ' +
      "may have its own value. The default of Confluent's proxy is true.",
  }),
} as const
