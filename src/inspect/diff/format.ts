import type { Difference } from '../../ports/output.js';
import { unify, type DiffLine } from './unified.js';

/** One difference as the terminal shows it. */
export interface ShownDifference {
  /** `nginx: update /etc/nginx/conf.d/upstreams.conf (mode 0600 -> 0644)`. */
  readonly head: string;
  /** For a text of lines, a unified diff; for a value, the old and the new one; for a secret, nothing. */
  readonly lines: readonly DiffLine[];
  /** Numbers of lines. */
  readonly added: number;
  readonly removed: number;
}

export function showDifference(target: string, difference: Difference): ShownDifference {
  const { action, output, notes } = difference;
  const head = `${target}: ${action} ${output}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  switch (difference.form) {
    case 'lines':
      return { head, ...showLines(difference) };
    case 'value':
      return { head, ...showValue(difference) };
    case 'secret':
      return { head, lines: [], added: 0, removed: 0 };
  }
}

function showLines({ output, before, after }: Difference) {
  return unify({ name: output, remark: 'there', text: before }, { name: output, remark: 'desired', text: after });
}

function showValue({ before, after }: Difference) {
  const lines: DiffLine[] = [];
  if (before !== undefined) lines.push({ kind: 'removed', text: `-${before}` });
  if (after !== undefined) lines.push({ kind: 'added', text: `+${after}` });
  return { lines, added: Number(after !== undefined), removed: Number(before !== undefined) };
}
