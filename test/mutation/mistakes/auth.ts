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
    [
      'what was wrong is remembered',
      "if (verdict.kind !== 'accepted') return verdict",
      "if (verdict.kind !== 'accepted') this.#remembered.set(key, { identity: { method: 'BASIC', principal: 'x', roles: ['user'], expiresAt: Infinity }, epoch })",
    ],
    [
      'a removed user joins a check that runs',
      'const ofEpoch = `${epoch} ${key}`',
      'const ofEpoch = key',
    ],
    [
      'a user that is removed during a check is accepted',
      '        if (epoch !== this.#parts.epoch.current) return this.#ask(key, attempt)\n',
      '',
    ],
    [
      'any method is accepted',
      'if (!method || !listener.methods.includes(method)) throw',
      'if (!method) throw',
    ],
    ['realms share what is remembered', '${realm}\\n${authorization}', '${authorization}'],
    ['any role is enough', 'roles.some((role) => allowed.includes(role))', 'roles.length > 0'],
    [
      'a check has no deadline',
      'Promise.race([this.#ask(key, attempt), limit])',
      'this.#ask(key, attempt)',
    ],
  ]),
  ...mistakesIn('src/file-watch.ts', [
    [
      'files that change while the process starts are not read again',
      '    if (this.#files().length > 0) this.#schedule()\n',
      '    this.#seen = JSON.stringify(this.#files().map((file) => [file, fileVersion(file)]))\n    if (this.#files().length > 0) this.#schedule()\n',
    ],
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
      'the registry is not shown the login of a request',
      'if (!schemas || !principals.haveRegistryLogins) return clients',
      'if (clients) return clients',
    ],
    [
      'a login that has not named the principal is passed on',
      'if (login === undefined || login.principal !== principal) return undefined',
      'if (login === undefined) return undefined',
    ],
  ]),
  ...mistakesIn('src/api/principal.ts', [
    [
      'a subject without a rule has a name',
      "if (!name) throw new RestError('UNKNOWN_CERTIFICATE')",
      '',
    ],
    [
      'a certificate counts before a login',
      'any: (login, certified) => login ?? certified',
      'any: (login, certified) => certified ?? login',
    ],
    [
      'a login counts where certificates do',
      'certificate: (_, certified) => certified',
      'certificate: (login, certified) => certified ?? login',
    ],
  ]),
  ...mistakesIn('src/api/recheck.ts', [
    [
      'a stream outlives its token',
      "if (Date.now() >= (login?.expiresAt ?? 0)) throw new RestError('UNAUTHENTICATED')",
      '',
    ],
    ['any refusal passes', 'PASSING.has(error.status)', 'error.status > 0'],
    ['rules do not end a stream', 'access?.checkHead(request)', ''],
    ['the audit log is not told', 'request.withdrawal = error', 'throw error'],
  ]),
  ...mistakesIn('src/auth/module-gate.ts', [
    [
      'a module that knows nobody admits',
      'if (told === undefined) throw this.#unauthenticated()',
      'if (told === undefined) return',
    ],
    [
      'a client of a module needs no role',
      "if (!hasRole({ method: 'BEARER', roles }, allowed)) throw",
      'if (false) throw',
    ],
  ]),
  ...mistakesIn('src/auth/users.ts', [
    [
      'the first of two entries counts in Jetty’s file',
      'new Map(entries.map(',
      'new Map(entries.toReversed().map(',
    ],
  ]),
  ...mistakesIn('src/cluster/signature.ts', [
    ['a signature covers no receiver', 'nonce, audience, method', 'nonce, method'],
    ['a signature covers no body', 'target, client, bodyHash]', 'target, client]'],
    [
      'a signature is valid for ever',
      'if (Math.abs(this.#now() - Number(time)) > VALID_MS) return undefined',
      '',
    ],
    ['any signature is valid', '!timingSafeEqual(given, expected)', 'false'],
  ]),
  ...mistakesIn('src/cluster/nonces.ts', [
    [
      'a nonce is accepted twice',
      'if (this.#recent.has(nonce) || this.#earlier.has(nonce)) return false',
      '',
    ],
    ['a signature is forgotten too early', ' || this.#earlier.has(nonce)', ''],
  ]),
  ...mistakesIn('src/config/principal-rules.ts', [
    ['a rule matches a part of a subject', 'new RegExp(`^(?:${pattern})$`)', 'new RegExp(pattern)'],
  ]),
  ...mistakesIn('src/config/secrets.ts', [
    ['the login of JAAS is shown', "'sasl\\\\.jaas\\\\.config|sasl", "'sasl"],
    ['the password in a URL is shown', 'text.replace(URL_CREDENTIALS, `//${HIDDEN}@`)', 'text'],
  ]),
  ...mistakesIn('src/http/forwarded-certificate.ts', [
    ['the first element of a list counts', "if (separator === ',') subjects = []", ''],
    [
      'one of two subjects counts',
      'return subjects.length === 1 ? subjects[0] : undefined',
      'return subjects[0]',
    ],
    ['one of two headers counts', 'others.length === 0 ? first : undefined', 'first'],
  ]),
  ...mistakesIn('src/http/trusted-proxies.ts', [
    ['everybody is a trusted proxy', 'if (!this.#trusts(peer)) return undefined', ''],
    [
      'an address behind one that is not trusted counts',
      'if (!this.#trusts(client)) return read',
      '',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/passed-logins.ts', [
    [
      'a token with other claims shares a client',
      'claims && !claims.isRounded ? claims.all : token',
      'null',
    ],
    [
      'callers of other issuers share instances',
      'return isExact || !isRounded ? [iss, sub] : token',
      'return sub',
    ],
    ['a text is cut at its NUL', " && !text.includes('\\0')", ''],
  ]),
  ...mistakesIn('src/kafka/principal-clients.ts', [
    [
      'an ended token is used',
      'if (!native.setToken(tokenName, token, expiresAt)) {',
      'if (!native.setToken(tokenName, token, expiresAt) && false) {',
    ],
    [
      'old credentials stay in use',
      'if (known && isSameIdentity(known.identity, identity)) return known',
      'if (known) return known',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/registry-login.ts', [
    [
      'the registry takes a part of a name for the name',
      "  if (username.includes(':')) return undefined\n",
      '',
    ],
    ['a token is shown where passwords are', 'shown.tokens && TOKEN', 'TOKEN'],
  ]),
  ...mistakesIn('src/schema-registry/caller-answers.ts', [
    [
      'an answer of the registry to one caller is given to another',
      'return `${this.#caller} ${key}`',
      'return key',
    ],
    ['a right at the registry is never withdrawn', 'Math.min(ttlMs, RIGHTS_MS)', 'ttlMs'],
  ]),
  ...mistakesIn('src/serde/registry-sources.ts', [
    [
      'a caller without a login asks the registry with none',
      `    if (login === undefined) throw new RestError('KAFKA_AUTHORIZATION', NO_LOGIN)
    return new RegistrySource(this.#client.as(login))`,
      '    return new RegistrySource(login === undefined ? this.#client : this.#client.as(login))',
    ],
    [
      'the registry is asked with the login of the process for principals',
      'return client.needsLogins\n',
      'return !client.needsLogins\n',
    ],
  ]),
  ...mistakesIn('src/serde/shown-schemas.ts', [
    [
      'a schema that one caller has seen is known to another',
      "this.#prefix = caller === undefined ? '' : `${caller} `",
      "this.#prefix = ''",
    ],
  ]),
  ...mistakesIn('src/serde-workers/kept-answers.ts', [
    [
      'an answer that a thread keeps is given to another caller',
      'this.#memory.get(`${this.#caller} ${about}`, ask)',
      'this.#memory.get(about, ask)',
    ],
  ]),
  ...mistakesIn('src/tls/jks.ts', [
    ['a store with another digest is read', 'if (password) checkDigest(bytes, password)', ''],
  ]),
  ...mistakesIn('src/tls/pem.ts', [
    [
      'a truncated trust store is read',
      'if (blocks.length !== [...text.matchAll(BEGIN)].length) {',
      'if (false) {',
    ],
  ]),
  ...mistakesIn('src/tls/java-name.ts', [
    ['a comma in a name separates', '[,=+<>', '[=+<>'],
    ['the first relative name comes first', '.toReversed()', ''],
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
