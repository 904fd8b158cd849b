/** The cases over TLS, at each of their cuts. */
import { createAuthority, createIdentity } from '../../certificates.ts'
import { describeCases } from './every-cut.ts'

describeCases('TLS', createIdentity('listener', createAuthority('authority'), 'IP:127.0.0.1'))
