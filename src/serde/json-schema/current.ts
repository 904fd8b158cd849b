/** What keywords are told of the value that is being checked, which Ajv doesn't pass on. */
import { KeptDigits } from '../kept-digits.ts'
import { Identities } from './equality.ts'
import type { Steps } from './steps.ts'

/** The value that is being checked: one at a time. */
export class Current {
  readonly steps: Steps
  #digits = KeptDigits.NONE
  #identities: Identities | undefined

  constructor(steps: Steps) {
    this.steps = steps
  }

  /** Another value comes. */
  start(digits: KeptDigits): void {
    this.#digits = digits
    this.#identities = undefined
  }

  /** Of its numbers. */
  get digits(): KeptDigits {
    return this.#digits
  }

  /** Of what is in it; made for the first that asks, since most schemas have nobody who does. */
  get identities(): Identities {
    this.#identities ??= new Identities(this.#digits)
    return this.#identities
  }
}
