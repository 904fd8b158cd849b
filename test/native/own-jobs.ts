/** Jobs that an environment posts to itself: it is the event loop and the worker. */
import { call, mailbox, native } from '../../src/kafka/native.ts'
import type { ProduceDraft } from '../../src/kafka/produce-draft.ts'

/** The records of a draft as its worker has them. */
export interface LentTexts {
  readonly job: number
  readonly count: number
  /** A JSON text. */
  readonly schemas: string
  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number
  /** Returns the engine's code. */
  append(payloads: Uint8Array, sizes: Int32Array): number
  /** Ends the job. Resolves when the event loop has the answer. */
  answer(): Promise<void>
}

const OWN = 1000
const START = 1
const arrivals = new Map<number, () => void>()
const early = new Set<number>()
let serves = false

function serve(): void {
  if (serves) return
  serves = true
  mailbox.serveJobs(OWN, START, {
    onJob(job) {
      const arrive = arrivals.get(job)
      if (arrive) arrive()
      else early.add(job)
    },
    onNote() {},
  })
}

/** Lends the records of a draft to this environment. */
export async function lend(draft: ProduceDraft): Promise<LentTexts> {
  serve()
  let job = 0
  const answered = call((ticket) => {
    job = native.startJob(OWN, START, 0, '', ticket, draft.native)
  })
  await new Promise<void>((resolve) => {
    if (early.delete(job)) resolve()
    else arrivals.set(job, resolve)
  })
  arrivals.delete(job)
  return {
    job,
    count: native.recordCount(job),
    schemas: native.describeSchemas(job),
    readTexts: (first, texts, sizes) => native.readTexts(job, first, texts, sizes),
    append: (payloads, sizes) => native.appendPayloads(job, payloads, sizes),
    async answer() {
      native.answerJob(job, 0, 0, '')
      await answered
    },
  }
}
