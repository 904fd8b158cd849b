/** The main file of the thread that makes calls to brokers: the library's loading and its parsing hold no event loop there. */
import { parentPort } from 'node:worker_threads'
import { type CallPort, PortCalls } from '../../port-calls.ts'
import type { Answers, CallSettings, Question } from './calls.ts'
import { answerOf } from './requests.ts'

/** The methods of this thread. */
export interface ThreadMethods {
  /** Makes a call. Rejects with a RestError, at the latest after `timeoutMs`. */
  answer(question: Question, settings: CallSettings): Promise<Answers[Question['kind']]>
}

const methods: ThreadMethods = { answer: answerOf }
new PortCalls(parentPort as CallPort, methods)
