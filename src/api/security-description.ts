/** What the description of the API tells of the credentials that listeners ask for. */
import {
  authenticationOf,
  type Config,
  isOpenPath,
  listenersOf,
  tlsOfListener,
} from '../config/index.ts'
import type { Security, SecurityScheme } from '../http/openapi.ts'

const SCHEMES = {
  BASIC: ['basic', { type: 'http', scheme: 'basic' }],
  BEARER: ['bearer', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }],
} as const satisfies Record<string, readonly [string, SecurityScheme]>

const CERTIFICATE: SecurityScheme = { type: 'mutualTLS' }

/** Returns the credentials of all listeners together; undefined if none asks for any. */
export function securityOf(config: Config): Security | undefined {
  const listeners = listenersOf(config).map((listener) => {
    const authentication = authenticationOf(config, listener)
    const hasCertificates =
      listener.scheme === 'https' &&
      tlsOfListener(config, listener).clientCertificate === 'required'
    return { authentication, hasCertificates }
  })
  const schemes = new Map<string, SecurityScheme>()
  for (const { authentication, hasCertificates } of listeners) {
    for (const method of authentication.methods) {
      const [name, scheme] = SCHEMES[method]
      schemes.set(name, scheme)
    }
    if (hasCertificates) schemes.set('certificate', CERTIFICATE)
  }
  if (schemes.size === 0) return undefined
  const requirementsOf = (path: string): readonly Readonly<Record<string, readonly string[]>>[] => {
    const all = listeners.flatMap(({ authentication, hasCertificates }) => {
      const own = hasCertificates ? { certificate: [] } : {}
      if (authentication.methods.length === 0 || isOpenPath(authentication, path)) return [own]
      return authentication.methods.map((method) => ({ ...own, [SCHEMES[method][0]]: [] }))
    })
    return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()]
  }
  return { schemes: Object.fromEntries(schemes), requirementsOf }
}
