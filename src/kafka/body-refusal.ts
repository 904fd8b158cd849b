/** The errors of produce requests that the engine refuses before it parses them. */
import { RestError } from '../errors.ts'

/** Returns the error for the return code of a call that gives bytes of a produce request to the engine. */
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
