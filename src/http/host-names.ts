/** The hosts that the certificate of a listener is for, as `sni.host.check.enabled` compares them with those of requests. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { LRUCache } from 'lru-cache'

/** Clients use few names. */
const REMEMBERED_HOSTS = 1000

const NAME = /^[\w-]+(?:\.[\w-]+)*\.?$/

/** See the top of this file. */
export class HostNames {
  readonly #certificate: X509Certificate
  readonly #verdicts = new LRUCache<string, boolean>({ max: REMEMBERED_HOSTS })

  /** @param certificate PEM, of which the first counts. Throws for another text. */
  constructor(certificate: string) {
    this.#certificate = new X509Certificate(certificate)
  }

  /** Whether the certificate is for the host of a Host header, which may have a port. */
  includes(host: string): boolean {
    const known = this.#verdicts.get(host)
    if (known !== undefined) return known
    const verdict = this.#isFor(host)
    this.#verdicts.set(host, verdict)
    return verdict
  }

  #isFor(host: string): boolean {
    const [, address, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
    const text = address ?? name
    if (isIP(text) !== 0) return this.#certificate.checkIP(text) !== undefined
    // Node.js throws for texts that are no names.
    return NAME.test(text) && this.#certificate.checkHost(text.replace(/\.$/, '')) !== undefined
  }
}
