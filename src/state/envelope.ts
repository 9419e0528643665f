import { createHash } from 'node:crypto';
import type { StreamedText } from './state-directory.js';

/** What a state file holds, and the version of its shape: a file of another kind or version is never trusted. */
export interface EnvelopeKind {
  readonly kind: string;
  readonly version: number;
}

export type OpenedEnvelope = { readonly body: unknown } | { readonly problem: string };

/** Two lines of JSON: the seal with the SHA-256 of the second line, and the body. */
export function wrapInEnvelope(how: EnvelopeKind, body: unknown): string {
  const text = JSON.stringify(body);
  return `${headOf(how, sha256(text))}${text}\n`;
}

/** What `seal` makes, for a body that is too long to be held at once. @param body the parts of its JSON, on one line */
export function wrapPartsInEnvelope(how: EnvelopeKind, body: Iterable<string>): StreamedText {
  const hash = createHash('sha256');
  return {
    headBytes: Buffer.byteLength(headOf(how, sha256(''))),
    *parts() {
      for (const part of body) {
        hash.update(part);
        yield part;
      }
      yield '\n';
    },
    head: () => headOf(how, hash.digest('hex')),
  };
}

function headOf({ kind, version }: EnvelopeKind, digest: string): string {
  return `${JSON.stringify({ rollcall: kind, version, sha256: digest })}\n`;
}

/** The body, or one sentence on why the text is not to be trusted. Never throws. */
export function openEnvelope(expected: EnvelopeKind, text: string): OpenedEnvelope {
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
