import { createHash } from 'node:crypto';

/** What a state file holds, and the version of its shape: a file of another kind or version is never trusted. */
export interface Seal {
  readonly kind: string;
  readonly version: number;
}

export type Unsealed = { readonly body: unknown } | { readonly problem: string };

/** Two lines of JSON: the seal with the SHA-256 of the second line, and the body. */
export function seal({ kind, version }: Seal, body: unknown): string {
  const text = JSON.stringify(body);
  return `${JSON.stringify({ rollcall: kind, version, sha256: sha256(text) })}\n${text}\n`;
}

/** The body, or one sentence on why the text is not to be trusted. Never throws. */
export function unseal(expected: Seal, text: string): Unsealed {
  const lineEnd = text.indexOf('\n');
  const head = parse(text.slice(0, Math.max(lineEnd, 0)));
  if (typeof head !== 'object' || head === null || !('rollcall' in head) || !('version' in head))
    return { problem: 'it does not begin with the line that rollcall writes' };
  if (head.rollcall !== expected.kind) return { problem: `it is no ${expected.kind}` };
  if (head.version !== expected.version)
    return { problem: `its version is ${String(head.version)}, and this rollcall reads ${expected.version}` };
  const body = text.slice(lineEnd + 1, -1);
  if (!text.endsWith('\n') || !('sha256' in head) || head.sha256 !== sha256(body))
    return { problem: 'its checksum does not agree with its contents' };
  return { body: parse(body) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
