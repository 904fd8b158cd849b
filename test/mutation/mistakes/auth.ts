/** Mistakes in the authentication of clients. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the sources
import { mistakesIn } from '../mutant.ts'

export const AUTH_MISTAKES = [
  ...mistakesIn('src/auth/gate.ts', [
    [
      'a removed user is remembered',
      'epoch === this.#parts.epoch.current && Date.now()',
      'Date.now()',
    ],
    ['a token is remembered beyond its end', ' && Date.now() < identity.expiresAt', ''],
    ['what was wrong is remembered', "if (verdict.kind === 'accepted') {", 'if (true) {'],
    [
      'any method is accepted',
      'if (!method || !listener.methods.includes(method)) throw',
      'if (!method) throw',
    ],
    ['realms share what is remembered', '${realm}\\n${authorization}', '${authorization}'],
    ['any role is enough', 'roles.some((role) => allowed.includes(role))', 'roles.length > 0'],
    ['a check has no deadline', 'Promise.race([checking, limit])', 'checking'],
  ]),
  ...mistakesIn('src/config/authentication.ts', [
    [
      'a skipped path covers those that begin with it',
      'return skipped === path',
      'return path.startsWith(skipped)',
    ],
  ]),
  ...mistakesIn('src/auth/passwords.ts', [
    [
      'a changed password is remembered',
      'if (known && this.#verified.get(digest) === known.stored)',
      'if (known && this.#verified.has(digest))',
    ],
    ['failures slow nobody down', "if (typeof login === 'number') {", 'if (false) {'],
  ]),
  ...mistakesIn('src/auth/login-pace.ts', [
    [
      'a wrong password gives its tokens back',
      '    for (const [tokens, key] of taken) tokens.take(key)\n',
      '',
    ],
    ['an address is never proven', '        this.#proven.set(pair, true)\n', ''],
  ]),
  ...mistakesIn('src/auth/tokens.ts', [
    ['a token needs no end', "      requiredClaims: ['exp'],\n", ''],
    ['any issuer is accepted', "...(issuer !== '' && { issuer }),", ''],
    ['any audience is accepted', '...(audiences.length > 0 && { audience: [...audiences] }),', ''],
    ['a private key is taken for a public one', "if (pem.includes('PRIVATE KEY'))", 'if (false)'],
  ]),
  ...mistakesIn('src/auth/remote-keys.ts', [
    ['unknown keys are asked for at any rate', '&& this.#now() - this.#triedAt >= PAUSE_MS', ''],
  ]),
  ...mistakesIn('src/api/kafka-identity.ts', [
    [
      'a login that has not named the principal is passed on',
      'if (login === undefined || login.principal !== principal) return undefined',
      'if (login === undefined) return undefined',
    ],
  ]),
  ...mistakesIn('src/cluster/peer-client.ts', [
    [
      'a refusal by Kafka is taken for a refused signature',
      " && headers.get('www-authenticate') === SCHEME",
      '',
    ],
  ]),
  ...mistakesIn('src/config/identity.ts', [
    [
      'processes send each other logins without TLS',
      'if (showsLoginsToPeers(values) && ',
      'if (false && ',
    ],
    [
      'keys and logins are mixed',
      'refuseAll([CREDENTIALS, PASS_THROUGH], values',
      'refuseAll([], values',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/principal-keys.ts', [
    ['two keys have one name', 'if (keys.has(principal)) {', 'if (false) {'],
    [
      'Sluice uses any key of a store',
      "if (name === '' && only && !second) return",
      'if (only) return',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/client-builder.ts', [
    [
      'the key of the process stays beside that of a principal',
      '      this.#removeAll(OF_OWN_KEY)\n',
      '',
    ],
    [
      'the login of the process stays beside that of a principal',
      '    this.#removeAll(OF_OWN_LOGIN)\n',
      '',
    ],
  ]),
  ...mistakesIn('src/tls/stores.ts', [
    [
      'a certificate names the key of another',
      'if (chain[0]?.raw.equals(certificate.raw) === true) return material',
      'if (true) return material',
    ],
  ]),
  ...mistakesIn('src/http/dispatch.ts', [
    [
      'what does not exist is told to everybody',
      'if (!authenticate || isForAll) return answer',
      'if (true) return answer',
    ],
  ]),
]
