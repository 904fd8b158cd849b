/** Mistakes in the threads for schemas. */
import { type Mutant, mistakesIn } from '../mutant.ts'

export const SERDE_WORKER_MISTAKES: readonly Mutant[] = [
  ...mistakesIn('src/serde-workers/job-texts.ts', [
    [
      'a draft goes on without its payloads',
      `    const code = native.appendPayloads(this.job, payloads, sizes)
    if (code !== 0) throw bodyRefusal(code)`,
      '    native.appendPayloads(this.job, payloads, sizes)',
    ],
    ['an id of 0 is no id', '(id !== null && { id })', '(id && { id })'],
    [
      'the schema of keys is that of values',
      'this.key = given(members.key_schema_id, members.key_schema)',
      'this.key = given(members.value_schema_id, members.value_schema)',
    ],
  ]),
  ...mistakesIn('src/serde-workers/pool.ts', [
    [
      'a job of a thread that has ended waits for ever',
      '      posted.job.onWorkerEnded(posted.id === cause)\n',
      '',
    ],
    ['jobs that have ended count', '    this.#loads.add(posted.worker, -1)\n', ''],
  ]),
  ...mistakesIn('src/serde-workers/decoded-read.ts', [
    [
      'chunks of a client that has left are kept',
      '    for (const chunk of this.#json) native.releaseChunk(chunk)\n',
      '',
    ],
    [
      'a response that ends early counts as read to its end',
      'if (this.#endsEarly) this.#source',
      'if (false) this.#source',
    ],
    [
      'decoding goes on when its client has left',
      '    if (!this.#isOver) this.#pool.tell(this, NOTES.stop)\n',
      '',
    ],
    [
      'a read begins anew after a part of it was sent',
      'const isUntouched = !this.#hasSent && !this.#hasGivenBack',
      'const isUntouched = true',
    ],
  ]),
  ...mistakesIn('src/process/schema-workers.ts', [
    [
      'a schema that has ended a thread is tried again',
      '    if (lasts && mark) this.#refuse(mark, job)\n',
      '',
    ],
    ['work that takes too long goes on', '      void worker.terminate()\n', ''],
  ]),
]
