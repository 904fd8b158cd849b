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
      'key: given(members.key_schema_id, members.key_schema)',
      'key: given(members.value_schema_id, members.value_schema)',
    ],
  ]),
  ...mistakesIn('src/serde-workers/pool.ts', [
    [
      'a job of a thread that has ended waits for ever',
      "    for (const job of jobs.filter((each) => each !== culprit)) job.onWorkerEnded('none', index)\n",
      '',
    ],
    ['jobs that have ended count', '    this.#loads.add(worker, -1)\n', ''],
    [
      'a value that fills the heap is tried for ever',
      "if (blame === 'suspected' && !this.#wasSuspected) {",
      "if (blame === 'suspected') {",
    ],
    [
      'a value that may fill the heap has neighbours',
      'if (worker.alone || worker.parked.length > 0)',
      'if (worker.parked.length > 0)',
    ],
    [
      'those that wait for such a value wait for ever',
      `    worker.alone = undefined
    this.#postParked(worker)`,
      '    worker.alone = undefined',
    ],
    [
      'a job goes to a thread whose predecessor seems to run',
      'native.startJob(index, start, job.kind',
      'native.startJob(index, 2 ** 31, job.kind',
    ],
    [
      'they wait for a value whose thread ends before it is there',
      'else if (parked.includes(alone)) {',
      'else if (false) {',
    ],
    ['they wait for a thread that does not start', '    this.#admitOthers(index, job)\n', ''],
    [
      'all jobs of a schema are at its thread',
      'SPREAD_JOBS ? least : own',
      'SPREAD_JOBS ? own : own',
    ],
  ]),
  ...mistakesIn('src/serde-workers/positions.ts', [
    [
      'a part of a record counts as the record',
      'if (this.#came < this.#chunks || this.#staged === undefined) return',
      'if (this.#staged === undefined) return',
    ],
  ]),
  ...mistakesIn('src/serde-workers/kept-answers.ts', [
    [
      'failures of the registry are kept',
      'answer.then((value) => value === undefined && forget(), forget)',
      'answer.then((value) => value === undefined && forget(), () => {})',
    ],
    [
      'what was known before a registration is used behind it',
      '    Atomics.add(this.#registrations, 0, 1)\n',
      '',
    ],
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
      '    if (lasts && mark) this.#suspect(mark, job, isCertain)\n',
      '',
    ],
    [
      'one value takes its schema from all others',
      'const POINTS_OF_VALUE = { certain: 2, suspected: 1 } as const',
      'const POINTS_OF_VALUE = { certain: 4, suspected: 4 } as const',
    ],
    ['work that takes too long goes on', '      void worker.terminate()\n', ''],
  ]),
]
