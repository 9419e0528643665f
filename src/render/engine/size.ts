import type { Measure } from '../dialects/grammar.js';
import type { BodySite } from '../lint/report.js';
import { Failure } from './failure.js';

/** Checks the text of one body. Callers pass texts in the order of the output. @throws Failure when the consumer would refuse the text. */
export type SizeCheck = (text: string) => void;

/**
 * Creates the check for one run of a block. A text that is too long fails only its own body. When several items share a line, the item that
 * makes the line too long fails.
 */
export function createSizeCheck(measure: Measure, { at, from, before, after, inline }: BodySite): SizeCheck {
  const refuse = (problem: string): never => {
    throw new Failure(at, `the text of this block makes ${problem}`, hint);
  };
  if (!inline)
    return (text) => {
      if (text.length < measure.minLength) return;
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
    // Measuring the whole line again for each of its items would take quadratic time.
    if (line !== undefined && oneLine && !text.includes('\n')) {
      const now = bytes + Buffer.byteLength(text);
      if (now + Buffer.byteLength(end) > line.maxBytes + line.uncountedBytes(text + end)) refuse(line.problem);
      if (now + rest <= line.maxBytes) {
        open = whole;
        bytes = now;
        return;
      }
    }
    if (whole.length + after.length >= measure.minLength) {
      const { problem } = measure.of(whole + after, from);
      if (problem !== undefined) refuse(problem);
    }
    open = whole.slice(measure.of(whole, from).openFrom);
    bytes = Buffer.byteLength(open);
    oneLine = !open.includes('\n');
  };
}

const hint = 'The consumer would refuse the whole file. Write less on one line, or shorter values';
