import type { Measure } from '../dialects/grammar.js';
import type { BodySite } from '../lint/report.js';
import { Failure } from './failure.js';

/** Looks at the text of one body, in the order of the output. @throws Failure when its consumer would refuse it. */
export type SizeCheck = (text: string) => void;

/**
 * The check of one run of a block: whatever is too long in the text of a body fails that body alone. Where the texts of
 * several items stand on one line, the item with which the line becomes too long fails.
 */
export function createSizeCheck(measure: Measure, { at, from, before, after, inline }: BodySite): SizeCheck {
  const refuse = (problem: string): never => {
    throw new Failure(at, `what this block writes makes ${problem}`, hint);
  };
  if (!inline)
    return (text) => {
      if (text.length < measure.least) return;
      const { problem } = measure.of(text, from);
      if (problem !== undefined) refuse(problem);
    };
  const { line } = measure;
  const rest = Buffer.byteLength(after);
  const end = /^.*/.exec(after)?.[0] ?? '';
  let open = before;
  let bytes = Buffer.byteLength(open);
  let oneLine = !open.includes('\n');
  return (text) => {
    const whole = open + text;
    // Measuring the whole line for each item of a long one would take time that grows with its square.
    if (line !== undefined && oneLine && !text.includes('\n')) {
      const now = bytes + Buffer.byteLength(text);
      if (now + Buffer.byteLength(end) > line.most + line.spare(text + end)) refuse(line.problem);
      if (now + rest <= line.most) {
        open = whole;
        bytes = now;
        return;
      }
    }
    if (whole.length + after.length >= measure.least) {
      const { problem } = measure.of(whole + after, from);
      if (problem !== undefined) refuse(problem);
    }
    open = whole.slice(measure.of(whole, from).open);
    bytes = Buffer.byteLength(open);
    oneLine = !open.includes('\n');
  };
}

const hint = 'Its consumer would refuse the whole file. Write less on one line, or shorter values';
