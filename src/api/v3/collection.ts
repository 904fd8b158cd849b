/** Responses with a list of resources. A large one is written piece by piece, so that it holds neither the event loop nor much memory. */
import { type TSchema, Type } from 'typebox'
import type { ResponseStream } from '../../http/response-stream.ts'
import type { Reply, StreamReply } from '../../http/route.ts'

/** Resources, or batches of them as Kafka answers for them. */
export type Items = Iterable<object> | AsyncIterable<object>

/** The characters of a piece. Making one takes about a millisecond. */
const PIECE_CHARS = 64 * 1024

/**
 * Answers with a collection. What `items` throws before the first piece is complete becomes an error response; later the
 * connection is closed in the middle of the response.
 *
 * @param kind of the list
 * @param self the URL of the collection
 */
export function collection(kind: string, self: string, items: Items): Promise<Reply | StreamReply> {
  const metadata = JSON.stringify({ self, next: null })
  return jsonOf(`{"kind":"${kind}","metadata":${metadata},"data":[`, items, ']}')
}

/** Answers with a JSON text that has a list between `head` and `tail`. */
export async function jsonOf(
  head: string,
  items: Items,
  tail: string,
): Promise<Reply | StreamReply> {
  const pieces = piecesOf(head, items, tail)
  const first = await pieces.next()
  const second = await pieces.next()
  if (first.done || second.done) return { status: 200, body: first.value ?? '' }
  return { status: 200, stream: (response) => sendAll(response, pieces, first.value, second) }
}

/** Sends `piece`, `next`, and what `pieces` still has, at the pace of the client. */
async function sendAll(
  response: ResponseStream,
  pieces: AsyncGenerator<string, undefined>,
  piece: string,
  next: IteratorResult<string, undefined>,
): Promise<void> {
  response.onAborted = () => void pieces.return(undefined)
  let current = piece
  for (let following = next; !following.done; following = await pieces.next()) {
    await send(response, current)
    current = following.value
  }
  response.finish(Buffer.from(current), () => {})
}

/** Resolves when the socket has the piece. A client that leaves keeps it waiting, and nothing else. */
function send(response: ResponseStream, piece: string): Promise<void> {
  return new Promise((resolve) => response.send(Buffer.from(piece), resolve))
}

async function* piecesOf(
  head: string,
  items: Items,
  tail: string,
): AsyncGenerator<string, undefined> {
  let piece = head
  let separator = ''
  for await (const item of items) {
    piece += separator + JSON.stringify(item)
    separator = ','
    if (piece.length < PIECE_CHARS) continue
    yield piece
    piece = ''
    // Other requests of this event loop get their turn.
    await new Promise(setImmediate)
  }
  yield piece + tail
}

/** The description of a collection for the documents. */
export function collectionOf(item: TSchema) {
  return Type.Object({
    kind: Type.String(),
    metadata: Type.Object({ self: Type.String(), next: Type.Null() }),
    data: Type.Array(item),
  })
}
