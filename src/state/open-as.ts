import type { OwnFileText } from '../filesystem/own-file.js';
import { openEnvelope, type EnvelopeKind } from './envelope.js';

/** The contents of a state file. Undefined when the file cannot be trusted. */
export function openAs<T>(kind: EnvelopeKind, found: OwnFileText, parse: (body: unknown) => T): T | undefined {
  const opened = 'text' in found ? openEnvelope(kind, found.text) : found;
  if ('problem' in opened) return undefined;
  try {
    return parse(opened.body);
  } catch {
    return undefined;
  }
}
