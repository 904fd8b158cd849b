/** Keys of the protection of HTTP: TLS, authentication, CORS, plug-ins. */

import { each, ignored, refused, unsupported } from '../define.ts'

const NO_TLS = 'listeners have no TLS; terminate it in a reverse proxy'
const NO_AUTHENTICATION = 'HTTP clients are not authenticated'
const NO_CORS = 'responses have no CORS headers, so browsers hide them from pages of other origins'

/** Keys of the protection of HTTP. */
export const securityKeys = {
  'ssl.client.authentication': refused('client certificates are not checked', ['NONE', '']),
  'ssl.client.auth': refused('client certificates are not checked', ['false', '']),
  'authentication.method': refused(NO_AUTHENTICATION, ['NONE', '']),
  'csrf.prevention.enable': refused('there is no protection from cross-site request forgery', [
    'false',
  ]),
  ...each(
    [
      'kafka.rest.resource.extension.class',
      'resource.extension.classes',
      'rest.servlet.initializor.classes',
      'websocket.servlet.initializor.classes',
    ],
    refused('Sluice loads no Java plug-ins, and such plug-ins often restrict access', ['']),
  ),

  ...each(
    [
      'ssl.keystore.location',
      'ssl.keystore.password',
      'ssl.keystore.type',
      'ssl.keystore.reload',
      'ssl.keystore.watch.location',
      'ssl.key.password',
      'ssl.keymanager.algorithm',
      'ssl.truststore.location',
      'ssl.truststore.password',
      'ssl.truststore.type',
      'ssl.trustmanager.algorithm',
      'ssl.protocol',
      'ssl.provider',
      'ssl.enabled.protocols',
      'ssl.cipher.suites',
      'ssl.endpoint.identification.algorithm',
      'ssl.spire.enabled',
      'ssl.spire.trust.only.enabled',
      'sni.check.enabled',
      'sni.host.check.enabled',
      'prefix.sni.check.enabled',
      'prefix.sni.prefix',
      'expected.sni.headers',
      'reject.invalid.sni.headers',
      'hsts.header.enable',
    ],
    unsupported(NO_TLS, ['', 'false']),
  ),
  ...each(
    ['authentication.realm', 'authentication.roles', 'authentication.skip.paths'],
    unsupported(NO_AUTHENTICATION, ['']),
  ),
  ...each(
    [
      'access.control.allow.origin',
      'access.control.allow.methods',
      'access.control.allow.headers',
      'access.control.expose.headers',
      'access.control.skip.options',
    ],
    unsupported(NO_CORS, ['']),
  ),
  'reject.options.request': unsupported('OPTIONS is answered', ['false']),
  'nosniff.prevention.enable': unsupported('X-Content-Type-Options is not sent', ['false']),
  ...each(
    [
      'csrf.prevention.token.endpoint',
      'csrf.prevention.token.expiration.minutes',
      'csrf.prevention.token.max.entries',
    ],
    ignored('they have an effect only with csrf.prevention.enable'),
  ),
} as const
