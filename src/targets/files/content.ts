import { createHash } from 'node:crypto';

/** From this number of characters on, the pieces of a text become a part of their own. */
const enough = 4096;

/** Some bytes of a file, made from pieces of its text. */
class Part {
  readonly pieces: readonly string[];
  readonly bytes: Buffer;
  private hash: Buffer | undefined;

  constructor(pieces: readonly string[], bytes: Buffer = Buffer.from(pieces.join(''))) {
    this.pieces = pieces;
    this.bytes = bytes;
  }

  /** SHA-256 of the bytes. It is computed once. */
  get digest(): Buffer {
    return (this.hash ??= createHash('sha256').update(this.bytes).digest());
  }
}

/**
 * The contents of a file, in parts. A content that is made from another one shares the parts that did not change: a change costs its own
 * bytes, and those of the rest are neither encoded nor hashed again. Do not change the bytes.
 */
export class Content {
  /** In bytes. */
  readonly length: number;
  private readonly list: readonly Part[];
  private hash: Buffer | undefined;

  private constructor(list: readonly Part[]) {
    this.list = list;
    this.length = list.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  static ofBytes(bytes: Buffer): Content {
    return new Content([new Part([], bytes)]);
  }

  /**
   * The content of a text.
   *
   * @param pieces the text; where it is cut has no influence on the bytes
   * @param before a content whose parts are used again where their pieces are the same
   * @returns `before` itself when all pieces are the same
   */
  static ofPieces(pieces: readonly string[], before?: Content): Content {
    const groups = groupPieces(pieces);
    const old = before?.list ?? [];
    if (before && groups.length === old.length && groups.every((group, at) => samePieces(group, old[at])))
      return before;
    let [first, last] = [0, 0];
    while (first < groups.length && samePieces(groups[first], old[first])) first += 1;
    const most = Math.min(groups.length, old.length) - first;
    while (last < most && samePieces(groups.at(-1 - last), old.at(-1 - last))) last += 1;
    const made = groups.slice(first, groups.length - last).map((group) => new Part(group));
    return new Content([...old.slice(0, first), ...made, ...old.slice(old.length - last)]);
  }

  get parts(): readonly Buffer[] {
    return this.list.map(({ bytes }) => bytes);
  }

  /** All bytes in one buffer. */
  get bytes(): Buffer {
    const [only] = this.list;
    return only && this.list.length === 1 ? only.bytes : Buffer.concat(this.parts, this.length);
  }

  /** A digest of the bytes and of the borders of the parts: pieces that are cut in the same way always have the same digest. */
  get digest(): Buffer {
    const [only] = this.list;
    if (only && this.list.length === 1) return only.digest;
    return (this.hash ??= createHash('sha256')
      .update(Buffer.concat(this.list.map(({ digest }) => digest)))
      .digest());
  }

  /** Whether the bytes are the same, however they are cut. */
  equals(other: Content): boolean {
    if (other === this) return true;
    if (other.length !== this.length) return false;
    const [ours, theirs] = [this.parts, other.parts];
    let [at, from] = [0, 0];
    let rest = theirs[0] ?? Buffer.of();
    for (const part of ours)
      for (let start = 0; start < part.length;) {
        while (from === rest.length) [rest, from] = [theirs[(at += 1)] ?? Buffer.of(), 0];
        const size = Math.min(part.length - start, rest.length - from);
        const isSame = part === rest && start === from;
        if (!isSame && part.compare(rest, from, from + size, start, start + size) !== 0) return false;
        start += size;
        from += size;
      }
    return true;
  }

  toString(): string {
    return this.bytes.toString();
  }
}

/** Joins short pieces. The cuts depend on the pieces alone, so equal pieces make equal parts. */
function groupPieces(pieces: readonly string[]): string[][] {
  const groups: string[][] = [];
  let group: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    if (piece === '') continue;
    group.push(piece);
    length += piece.length;
    // Two halves of one character in different parts would become two replacement characters.
    if (length < enough || isHalf(piece.charCodeAt(piece.length - 1))) continue;
    groups.push(group);
    group = [];
    length = 0;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Whether it is the first half of a surrogate pair. */
function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function samePieces(group: readonly string[] | undefined, part: Part | undefined): boolean {
  if (group === undefined || part?.pieces.length !== group.length) return false;
  return group.every((piece, at) => piece === part.pieces[at]);
}
