import { isKnown, isKnownOrValue, unknownMark } from './marks.js';
import type { Word } from './shell-words.js';

/** Commands that run the argument of their option -c, or the file that their first argument names. */
export const shells = new Set('sh bash dash ash ksh ksh93 mksh zsh rbash su runuser sg script'.split(' '));

export const dependsOnBlock = 'a value in a command whose beginning depends on a block';

/** Finds a shell with -c anywhere in the command: `docker exec web sh -c {{…}}`. An expansion may be a shell. */
export function explainScript(words: readonly Word[], current: Word): string | undefined {
  for (const [index, word] of words.entries()) {
    const { text } = word;
    const isShell = shells.has(baseOf(text)) || mayComplete(baseOf(text), [...shells]);
    if (!isShell && !word.expands) continue;
    const known = isKnownOrValue(text);
    if (/^-(?:-c|\w*c)/.test(current.text))
      return known ? `a value in the code that "${text} ${current.text}" runs` : dependsOnBlock;
    if (mayEndOption(current.text)) return dependsOnBlock;
    const rest = words.slice(index).map((each) => each.text);
    const option = scriptOption(rest);
    if (option >= 0) {
      if (hasOperand(rest.slice(option))) continue;
      return known ? `a value in the code that "${text} ${rest[option] ?? ''}" runs` : dependsOnBlock;
    }
    // A branch may have written the option. At the name of the command, explainCall judges such words.
    if (index === 0) continue;
    const maybe = rest.findLastIndex((each, at) => (isShell ? at > 0 && !isKnownOrValue(each) : mayEndOption(each)));
    if (maybe >= 0 && !hasOperand(rest.slice(maybe))) return dependsOnBlock;
  }
  return undefined;
}

function hasOperand(texts: readonly string[]): boolean {
  return texts.some((text) => !/^[-+]/.test(text) && isKnown(text));
}

/** The index of a shell's option -c; -1 when there is none. */
export function scriptOption(rest: readonly string[]): number {
  return rest.findIndex((word) => /^-[A-Za-z]*c[A-Za-z]*$/.test(word) || word === '--command');
}

/**
 * Whether a word, after its part that depends on a branch, ends as one of these names: `{{#if a}}ba{{/if}}sh`. A branch that writes the end of
 * a name is judged where the branches join.
 */
export function mayComplete(text: string, names: readonly string[]): boolean {
  const end = endAfterBranch(text);
  return end !== '' && names.some((name) => name.endsWith(end));
}

function mayEndOption(text: string): boolean {
  const end = endAfterBranch(text);
  return /^-?[A-Za-z]*c[A-Za-z]*$/.test(end) || mayComplete(text, ['--command', '--command=']);
}

/** The end of a word after its last part that depends on a branch; '' when there is none. */
function endAfterBranch(text: string): string {
  return isKnownOrValue(text) ? '' : text.slice(text.lastIndexOf(unknownMark) + 1);
}

/** The name of the program in a path. */
export function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
