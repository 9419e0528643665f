import type { IncomingMessage } from 'node:http';

/** Bytes of a body that are read at most, one more piece aside. After these the connection is cut. */
const MOST_BODY = 1_048_576;

/**
 * Reads a body to its end, or until `MOST_BODY` bytes have come.
 *
 * @param take is given each piece; nothing is kept here.
 * @throws what cuts the body off before its end.
 */
export async function readBody(answer: IncomingMessage, take: (piece: Buffer) => void): Promise<void> {
  let size = 0;
  for await (const piece of answer) {
    take(piece as Buffer);
    size += (piece as Buffer).length;
    // Leaving the loop destroys the connection.
    if (size >= MOST_BODY) return;
  }
}
