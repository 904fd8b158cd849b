/** Mistakes in the bounds on work with schemas, and in the codec of Protobuf. */
import { type Mutant, mistakesIn } from '../mutant.ts'

export const SERDE_MISTAKES: readonly Mutant[] = [
  ...mistakesIn('src/serde/limits/schema-room.ts', [
    [
      'requests with the same schema share no room',
      '.filter(([name]) => !this.#inUse.has(name))',
      '.filter(() => true)',
    ],
    ['texts of requests that are over use room', '    this.#textBytes -= textBytes\n', ''],
    [
      'a request that has waited for too long holds those behind it',
      '      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)\n',
      '',
    ],
    [
      'small requests overtake a large one for ever',
      'const mayEnter = isFirst && fits',
      'const mayEnter = fits',
    ],
  ]),
  ...mistakesIn('src/serde/limits/refused-schemas.ts', [
    ['a refused schema is not', 'if (left > 0) throw', 'if (left > 100) throw'],
  ]),
  ...mistakesIn('src/serde/limits/turns.ts', [
    [
      'a turn has no end',
      'while (this.#waiting.length > 0 && performance.now() < until)',
      'while (this.#waiting.length > 0)',
    ],
    ['work that fails lasts', '          this.#busy.end()\n', ''],
  ]),
  ...mistakesIn('src/serde/limits/text-length.ts', [
    ['a payload has JSON of any length', 'const PER_BYTE = 64', 'const PER_BYTE = 64_000'],
  ]),
  ...mistakesIn('src/serde/protobuf/codec.ts', [
    [
      'messages are made whatever memory they take',
      '    this.#jsonHeap.check(this.#message, value, compact.length)\n',
      '',
    ],
    [
      'so are those of a value in another form',
      '    this.#jsonHeap.check(this.#message, holder.value, compact.length)\n',
      '',
    ],
    [
      'what nobody can read is written',
      '    withPayloadErrors(() => this.#reader.checkWritten(this.#message, bytes))\n',
      '',
    ],
    ['members that were lost are missing', '    refuseLostMembers(value, members)\n', ''],
    [
      'items are counted when they are parsed',
      'if (hasMoreItems(text.compact, maxBytes)) throw new PayloadSizeError(maxBytes)',
      '',
    ],
  ]),
  ...mistakesIn('src/serde/protobuf/payload-reader.ts', [
    [
      'a payload is read whatever memory it takes',
      'if (budget.heap < 0 && budget.left >= 0) throw',
      'if (false) throw',
    ],
    [
      'each Any has all of the memory',
      'if (descriptor !== undefined) this.#read(descriptor, value, budget, depth)',
      'if (descriptor !== undefined) this.#read(descriptor, value, budgetFor(value), depth)',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/broker-access.ts', [
    ['a login without a mechanism is one by password', "?? 'GSSAPI'", "?? 'PLAIN'"],
    [
      'a setting that has no equivalent is left out',
      'if (unknown) throw unavailable(unknown[0])',
      '',
    ],
  ]),
]
