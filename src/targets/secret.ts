import type { Difference } from '../ports/output.js';

/** The same difference with sizes instead of contents. */
export function hideContents({ action, output, before, after, notes }: Difference): Difference {
  const size = [before, after].map((text) => (text === undefined ? undefined : Buffer.byteLength(text)));
  const [old, fresh] = size;
  const sizes = old === undefined || fresh === undefined ? `${old ?? fresh ?? 0}` : `${old} -> ${fresh}`;
  const unshown = { form: 'secret', before: undefined, after: undefined } as const;
  return { action, output, ...unshown, notes: [...notes, `secret, ${sizes} bytes`] };
}
