/** Splits chunks of bytes into the whole lines that they complete. */
export interface LineSplitter {
  /** The lines that end in this chunk, without their line endings. Undefined when a line is longer than the limit. */
  take(chunk: Buffer): string[] | undefined;
  /** Whether the last line has not ended yet. */
  readonly isCut: boolean;
}

/** @param limit the most bytes of one line */
export function createLineSplitter(limit: number): LineSplitter {
  let pieces: Buffer[] = [];
  let size = 0;
  return {
    take(chunk) {
      const lines: string[] = [];
      let from = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        if (size + end - from > limit) return undefined;
        // Decode whole lines only: a chunk may end within a character.
        lines.push(Buffer.concat([...pieces, chunk.subarray(from, end)]).toString('utf8'));
        pieces = [];
        size = 0;
        from = end + 1;
      }
      if (from < chunk.length) {
        pieces.push(chunk.subarray(from));
        size += chunk.length - from;
      }
      return size > limit ? undefined : lines;
    },
    get isCut() {
      return size > 0;
    },
  };
}
