/** Bytes of output that are kept of one command or response. */
const KEPT = 8192;

/** The kept part of an output. */
export interface Capture {
  add(chunk: Uint8Array): void;
  /** The text without escape sequences, and without control characters other than line feed and tab. */
  text(): string;
}

/**
 * Keeps the first and the last bytes of an output of any length in bounded memory. The text says how many bytes between them are left out.
 *
 * @param kept bytes in all; half of them from the start. Default 8192.
 */
export function createCapture(kept = KEPT): Capture {
  const half = Math.floor(kept / 2);
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let total = 0;
  return {
    add(chunk) {
      total += chunk.length;
      const room = half - head.length;
      if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)]);
      if (chunk.length > room) tail = Buffer.concat([tail, chunk.subarray(Math.max(0, room))]).subarray(-half);
    },
    text() {
      const left = total - head.length - tail.length;
      if (left === 0) return clean(Buffer.concat([head, tail]).toString('utf8'));
      return clean(`${head.toString('utf8')}\n[… ${left} bytes left out …]\n${tail.toString('utf8')}`);
    },
  };
}

// Output goes to logs and terminals, so characters that could move a cursor or forge the start of a line are removed.
function clean(text: string): string {
  return (
    text
      .replaceAll('\r\n', '\n')
      // eslint-disable-next-line no-control-regex
      .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
      .trim()
  );
}
