/** The exports of the configuration for other folders. */

export { parseAddress } from './address.ts'
export { authenticationOf, isOpenPath, type ListenerAuthentication } from './authentication.ts'
export type { AuthenticationMethod } from './authentication-values.ts'
export { type ClusterSettings, clusterOf } from './cluster.ts'
export { parseList, ValueFault } from './define.ts'
export { documentConfig } from './document.ts'
export { describeFault, type Fault, Findings, type Setting } from './findings.ts'
export {
  keyOfCredentials,
  type PassThrough,
  type PrincipalSource,
  passThroughOf,
  principalSourceOf,
  propagatesIdentity,
  type RegistryLogins,
  registryLoginsOf,
  usesKeysOfPrincipals,
  usesPasswordsOfPrincipals,
} from './identity.ts'
export { type JaasEntry, parseJaas } from './jaas.ts'
export { type JaasFile, parseJaasFile } from './jaas-file.ts'
export { findKey, findSetting, KEYS } from './keys/index.ts'
export { type Limit, parseLimits } from './limits.ts'
export {
  type ClientCertificate,
  checksHosts,
  type ListenerTls,
  type StoreKeys,
  settingOfListener,
  type TlsVersion,
  tlsOfListener,
} from './listener-tls.ts'
export {
  type AdvertisedListener,
  adminListenersOf,
  advertisedListenersOf,
  allListenersOf,
  type Listener,
  listenersOf,
} from './listeners.ts'
export { type Config, type ConfigInputs, type LoadedConfig, loadConfig } from './load.ts'
export { code, reasonTable } from './markdown.ts'
export { findNearest } from './nearest.ts'
export { networkOf, networksTest } from './network.ts'
export { PEER_PREFIX, type PeerTls, peerTlsOf } from './peer-tls.ts'
export { type PrincipalMapping, principalMapping } from './principal-rules.ts'
export { printConfig } from './print.ts'
export { type PropertyEntry, parseProperties } from './properties-file.ts'
export { proxySendersOf } from './proxy-protocol.ts'
export { type HeaderRule, parseHeaderRules } from './response-headers.ts'
export { masked } from './secrets.ts'
