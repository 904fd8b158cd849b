/**
 * Translates the Java clients' login modules to librdkafka's properties. Values without an equivalent
 * are faults that name an alternative.
 */

import {
  type Findings,
  type JaasEntry,
  parseJaas,
  type Setting,
  ValueFault,
} from '../../config/index.ts'
import type { ClientSettings } from './client-settings.ts'
import { isMskLogin, mskTokenName } from './msk-login.ts'

/** A librdkafka property. */
export type Property = readonly [name: string, value: string]

/** The properties that a setting is translated to. */
export interface Translated {
  readonly setting: Setting
  readonly properties: readonly Property[]
}

/** The options of each login module, with their properties. */
const MODULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PlainLoginModule: { username: 'sasl.username', password: 'sasl.password' },
  ScramLoginModule: { username: 'sasl.username', password: 'sasl.password' },
  Krb5LoginModule: {
    keyTab: 'sasl.kerberos.keytab',
    principal: 'sasl.kerberos.principal',
    serviceName: 'sasl.kerberos.service.name',
  },
  OAuthBearerLoginModule: {
    clientId: 'sasl.oauthbearer.client.id',
    clientSecret: 'sasl.oauthbearer.client.secret',
    scope: 'sasl.oauthbearer.scope',
  },
}

const TOKEN_ENDPOINT = 'sasl.oauthbearer.token.endpoint.url'

/**
 * Translates `sasl.jaas.config` and the token endpoint.
 *
 * @param servers the brokers as librdkafka has them
 */
export function loginProperties(
  settings: ClientSettings,
  servers: string,
  findings: Findings,
): readonly Translated[] {
  if (isMskLogin(settings)) {
    const setting =
      settings.get('sasl.mechanism') ?? settings.get('sasl.login.callback.handler.class')
    const name = mskTokenName(settings, servers, findings)
    return translated(setting, [['sasl.oauthbearer.config', name]])
  }
  const endpoint = findGiven(settings, TOKEN_ENDPOINT)
  const isOidc = endpoint !== undefined
  const jaas = findGiven(settings, 'sasl.jaas.config')
  const properties = findings.tryRead(jaas, (text) => {
    const entry = parseJaas(text)
    if (entry.module === 'OAuthBearerLoginModule' && !isOidc) {
      throw new ValueFault(`${TOKEN_ENDPOINT} beside it: tokens come from an OpenID provider`)
    }
    return moduleProperties(entry)
  })
  return [
    ...translated(endpoint, [['sasl.oauthbearer.method', 'oidc']]),
    ...translated(jaas, properties),
  ]
}

function translated(
  setting: Setting | undefined,
  properties: readonly Property[] | undefined,
): readonly Translated[] {
  return setting && properties ? [{ setting, properties }] : []
}

function findGiven(settings: ClientSettings, name: string): Setting | undefined {
  const setting = settings.get(name)
  return setting?.text === '' ? undefined : setting
}

function moduleProperties({ module, options }: JaasEntry): readonly Property[] {
  const names = MODULES[module]
  if (names === undefined) throw new ValueFault(`one of ${Object.keys(MODULES).join(', ')}`)
  const properties: Property[] = []
  for (const [option, value] of options) {
    const name = names[option]
    if (name !== undefined) properties.push([name, value])
  }
  if (module === 'Krb5LoginModule' && !options.has('keyTab')) {
    // Without a key tab another process renews the ticket, and kinit would fail.
    properties.push(['sasl.kerberos.min.time.before.relogin', '0'])
  }
  return [...properties, ...extensionProperties(options)]
}

function extensionProperties(options: ReadonlyMap<string, string>): readonly Property[] {
  const extensions = [...options]
    .filter(([name]) => name.startsWith('extension_'))
    .map(([name, value]) => `${name.slice('extension_'.length)}=${value}`)
  return extensions.length === 0 ? [] : [['sasl.oauthbearer.extensions', extensions.join(',')]]
}
