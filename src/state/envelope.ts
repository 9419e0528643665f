import { createHash } from 'node:crypto';
import type { StreamedText } from './state-directory.js';

/** The kind of a state file, and the version of its format. A file of another kind or version is never used. */
export interface EnvelopeKind {
  readonly kind: string;
  readonly version: number;
}

export type OpenedEnvelope = { readonly body: unknown } | { readonly problem: string };

/** The text of a state file, two lines of JSON: a head with the SHA-256 of the second line, and the body. */
export function wrapInEnvelope(envelope: EnvelopeKind, body: unknown): string {
  const text = JSON.stringify(body);
  return `${headOf(envelope, sha256(text))}${text}\n`;
}

/** The same text in parts, for a body that is too long to hold in memory at once. @param body the parts of its JSON, without line breaks */
export function wrapPartsInEnvelope(envelope: EnvelopeKind, body: Iterable<string>): StreamedText {
  const hash = createHash('sha256');
  return {
    headBytes: Buffer.byteLength(headOf(envelope, sha256(''))),
    *parts() {
      for (const part of body) {
        hash.update(part);
        yield part;
      }
      yield '\n';
    },
    head: () => headOf(envelope, hash.digest('hex')),
  };
}

function headOf({ kind, version }: EnvelopeKind, digest: string): string {
  return `${JSON.stringify({ rollcall: kind, version, sha256: digest })}\n`;
}

/** The body, or one clause that says why the text cannot be used. Never throws. */
export function openEnvelope(expected: EnvelopeKind, text: string): OpenedEnvelope {
  const lineEnd = text.indexOf('\n');
  const head = parse(text.slice(0, Math.max(lineEnd, 0)));
  if (typeof head !== 'object' || head === null || !('rollcall' in head) || !('version' in head))
    return { problem: 'it does not begin with the line that rollcall writes' };
  if (head.rollcall !== expected.kind) return { problem: `it is not a ${expected.kind} file` };
  if (head.version !== expected.version)
    return { problem: `its version is ${String(head.version)}, but this rollcall reads version ${expected.version}` };
  const body = text.slice(lineEnd + 1, -1);
  if (!text.endsWith('\n') || !('sha256' in head) || head.sha256 !== sha256(body))
    return { problem: 'its checksum does not match its contents' };
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
