import type { IncomingMessage } from 'node:http';

/** Bytes of a body that are read at most, up to the end of the chunk that reaches them. The connection is then closed. */
const MAX_BODY = 1_048_576;

/**
 * Reads a body to its end, or until `MAX_BODY` bytes have come.
 *
 * @param take is called with each chunk; nothing is kept here.
 * @throws the error that ends the body early.
 */
export async function readBody(answer: IncomingMessage, take: (piece: Buffer) => void): Promise<void> {
  let size = 0;
  for await (const piece of answer) {
    take(piece as Buffer);
    size += (piece as Buffer).length;
    // Leaving the loop destroys the connection.
    if (size >= MAX_BODY) return;
  }
}
