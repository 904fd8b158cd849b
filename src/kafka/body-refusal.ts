/** Why the engine does not take a produce request: the codes of its calls as errors. */
import { RestError } from '../errors.ts'

/** The error for a code that a call which takes bytes of a produce request has returned. */
export function bodyRefusal(code: number): RestError {
  return RestError.ofCode(code, MESSAGES[code] ?? '')
}

const MESSAGES: Readonly<Record<number, string>> = {
  413:
    'The request and the payloads that are made of it need more than ' +
    'sluice.produce.inflight.max.bytes. Send fewer records in one request.',
  429:
    'As many bytes as sluice.produce.inflight.max.bytes allows are waiting for Kafka. Nothing of ' +
    'this request was written; try again later.',
}
