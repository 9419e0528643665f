import { messageOf } from '../../model/errors.js';
import { compilePattern } from '../pattern/pattern.js';
import type { Pattern } from '../pattern/pattern.js';
import { PatternError } from '../pattern/problem.js';
import { boolean, string } from '../types.js';
import { defineHelper, text } from './define.js';
import type { Call, CallTypes, Mistake } from './helper.js';
import { longestText } from './text.js';

const longestPattern = 500;
const longestInput = 20_000;
/** One call does at most this many steps. A step takes 0.1 to 0.5 µs (docs/adr/0010). */
const maxSteps = 1_000_000;

const checkPattern = ({ literals: [, pattern] }: CallTypes): Mistake | undefined => {
  const compiled = pattern === undefined ? undefined : compile(pattern);
  return typeof compiled === 'string' ? { message: compiled, argument: 1 } : undefined;
};

/** Why a replacement does not fit a pattern; undefined when it fits. */
function checkGroups({ groups }: Pattern, replacement: string): string | undefined {
  const wanted = [...replacement.matchAll(/\$([0-9$])/g)].map(([, sign]) => Number(sign)).filter(Number.isInteger);
  const missing = wanted.find((group) => group > groups);
  return missing === undefined ? undefined : `the pattern has ${groups} groups ( ), so $${missing} does not exist`;
}

export const regexMatch = defineHelper({
  name: 'regexMatch',
  parameters: [text('text'), text('pattern')],
  doc: `True when the regular expression matches anywhere in the text; \`^\` and \`$\` match the ends of the text.`,
  example: '{{#if (regexMatch name "^api-[0-9]+$")}}…{{/if}}',
  returns: () => boolean,
  check: checkPattern,
  run: ([value, pattern], call) =>
    prepare(pattern, call).find(charsOf(value, call), 0, createStepLimit(call)) !== undefined,
});

export const regexReplace = defineHelper({
  name: 'regexReplace',
  parameters: [text('text'), text('pattern'), text('replacement')],
  doc: 'The text with every match of the regular expression replaced. In the replacement, `$1` to `$9` are the groups, `$0` the whole match, and `$$` a dollar sign.',
  example: '{{regexReplace name "^(.+)-v([0-9]+)$" "$1.$2"}}',
  returns: () => string,
  check: (types) => {
    const [, pattern, replacement] = types.literals;
    const made = pattern === undefined ? undefined : compile(pattern);
    if (made === undefined || typeof made === 'string' || replacement === undefined) return checkPattern(types);
    const message = checkGroups(made, replacement);
    return message === undefined ? undefined : { message, argument: 2 };
  },
  run: ([value, pattern, replacement], call) => {
    const compiled = prepare(pattern, call);
    const wrong = checkGroups(compiled, replacement);
    if (wrong !== undefined) return call.fail(wrong);
    const chars = charsOf(value, call);
    const spend = createStepLimit(call);
    const pieces: string[] = [];
    let [at, length] = [0, 0];
    const put = (piece: string): void => {
      length += piece.length;
      if (length > longestText) call.fail('the text would be longer than 4 MiB');
      pieces.push(piece);
    };
    for (let from = 0; from <= chars.length;) {
      const match = compiled.find(chars, from, spend);
      if (match === undefined) break;
      const [start = 0, end = 0] = match;
      put(chars.slice(at, start).join(''));
      put(
        replacement.replace(/\$([0-9$])/g, (_all, sign: string) =>
          sign === '$' ? '$' : chars.slice(match[Number(sign) * 2], match[Number(sign) * 2 + 1]).join(''),
        ),
      );
      at = end;
      from = end === start ? end + 1 : end;
    }
    put(chars.slice(at).join(''));
    return pieces.join('');
  },
});

/** Compiled patterns. The map is cleared when it is full, because patterns can be made of values. */
const compiled = new Map<string, Pattern>();

function compile(pattern: string): Pattern | string {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > longestPattern) return `the pattern is longer than ${longestPattern} characters`;
  try {
    const made = compilePattern(pattern);
    if (compiled.size >= 100) compiled.clear();
    compiled.set(pattern, made);
    return made;
  } catch (error) {
    if (error instanceof PatternError) return messageOf(error);
    throw error;
  }
}

function prepare(pattern: string, call: Call): Pattern {
  const made = compile(pattern);
  return typeof made === 'string' ? call.fail(made) : made;
}

function createStepLimit(call: Call): (steps: number) => void {
  let left = maxSteps;
  return (steps) => {
    left -= steps;
    if (left < 0) call.fail('the search of this text with the pattern takes too many steps');
  };
}

function charsOf(value: string, call: Call): readonly string[] {
  if (value.length > longestInput)
    return call.fail(`the text is longer than the ${longestInput} characters that a pattern may search`);
  return Array.from(value);
}
