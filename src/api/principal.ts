/** The principal of a request: the name of a login, or of a client certificate. */
import {
  type Config,
  type PrincipalSource,
  principalMapping,
  principalSourceOf,
} from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'

type Caller = Pick<Exchange, 'principal' | 'certificateSubject'>

/**
 * Returns the function that names the principal of a request; undefined for none. A login has named it before, and takes
 * precedence unless only certificates count. The function throws 401 for a certificate that no rule names.
 */
export function principals(config: Config): (caller: Caller) => string | undefined {
  const nameOf = principalMapping(config['auth.ssl.principal.mapping.rules'])
  const certified = (subject: string): string => {
    // No rule may give a name to a subject that cannot be read.
    const name = subject && nameOf(subject)
    if (!name) throw new RestError('UNKNOWN_CERTIFICATE')
    return name
  }
  const choose = CHOICES[principalSourceOf(config)]
  return ({ principal: login, certificateSubject: subject }) =>
    choose(login, subject === undefined ? undefined : certified(subject))
}

type Name = string | undefined

const CHOICES: Readonly<Record<PrincipalSource, (login: Name, certified: Name) => Name>> = {
  any: (login, certified) => login ?? certified,
  login: (login) => login,
  certificate: (_, certified) => certified,
}
