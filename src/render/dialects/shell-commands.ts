import { dangerMark } from './shell-frames.js';
import { unknownMark, valueMark } from './marks.js';
import type { Word } from './shell-words.js';

/**
 * Why a value may not be an argument of a command: `a value …`, ready for a message; undefined where it may be.
 * @param words the command's name and its whole arguments before the value.
 * @param current the word that the value is in, as far as it has come.
 */
export function explainArgument(words: readonly Word[], current: Word): string | undefined {
  const texts = words.map(({ text }) => text);
  const [name = ''] = texts;
  if (!isKnown(name) || texts.some((text) => text.includes(dangerMark))) return byBlock;
  // Of such words find takes ";" and what follows it for its own: another command to run.
  if (texts.some((text) => /^-(?:exec|ok)(?:dir)?$/.test(text)))
    return `a value among the words of a command that "${name}" runs`;
  if (remote.has(baseOf(name)) && (current.text.startsWith('-') || /^-\w*o$/.test(texts.at(-1) ?? '')))
    return `a value in an option of "${name}", which may run it`;
  if (wrappers.has(baseOf(name))) return explainWrapped(texts);
  return explainCall(texts) ?? explainScript(texts);
}

const byBlock = 'a value in a command whose beginning depends on a block';

/** What each of these does with its arguments, whatever quotes are around them. */
const readers: readonly (readonly [names: string, does: string])[] = [
  ['eval . source trap alias emulate coproc function', 'runs its arguments as code'],
  ['compgen complete compopt bind fc history', 'expands its arguments or runs them as code'],
  ['watch', 'runs its arguments as code'],
  ['let exit return shift break continue ulimit integer float', 'evaluates its arguments as arithmetic'],
  [
    'declare typeset local nameref unset read mapfile readarray getopts wait print vared compound enum',
    'takes its arguments for names of variables, and evaluates their subscripts',
  ],
  ['shopt enable hash autoload zmodload setopt', 'changes how the shell reads what follows'],
];

const doings: ReadonlyMap<string, string> = new Map(
  readers.flatMap(([names, does]) => names.split(' ').map((name): [string, string] => [name, does])),
);

/** They run the command that is among their arguments. */
const wrappers = new Set(
  (
    'command builtin exec env sudo doas nohup nice ionice timeout xargs stdbuf setsid chroot busybox toybox noglob ' +
    'nocorrect nsenter unshare strace taskset chrt systemd-run flock'
  ).split(' '),
);

/** They run the argument of their option -c, or the file that their first argument names. */
const shells = new Set('sh bash dash ash ksh ksh93 mksh zsh rbash su runuser script'.split(' '));

const remote = new Set(['ssh', 'rsh', 'autossh', 'mosh', 'dbclient']);

/** Wrappers with an operand of their own before the command. */
const prefixed = new Set(['chroot', 'flock', 'taskset']);

/** After a wrapper any word may be the command: its options and their arguments are not known. */
function explainWrapped(texts: readonly string[]): string | undefined {
  const [name = '', ...rest] = texts;
  if (!rest.every(isKnownOrValue)) return byBlock;
  // An operand right after an option may be the option's argument, and the value the command.
  const sure = rest.filter(
    (text, index) => isOperand(text) && !/^(?:[-+][A-Za-z]+|--[\w-]+)$/.test(rest[index - 1] ?? ''),
  );
  if (sure.length <= Number(prefixed.has(baseOf(name))))
    return `a value that "${name}" may take for the command to run`;
  for (let at = 0; at < rest.length; at++) {
    const found = explainCall(rest.slice(at));
    if (found !== undefined) return found;
  }
  return explainScript(rest.includes('-c') && baseOf(name) === 'flock' ? ['sh', ...rest] : rest);
}

function isOperand(text: string): boolean {
  return !/^[-+]/.test(text) && !/^\w+=/.test(text) && !/^\d+(?:\.\d+)?[smhd]?$/.test(text) && isKnown(text);
}

function explainCall(texts: readonly string[]): string | undefined {
  const [name = '', ...rest] = texts;
  const base = baseOf(name);
  const does = doings.get(name);
  if (does !== undefined) return `a value among the arguments of "${name}", which ${does}`;
  if (name === 'set' && !rest.includes('--'))
    return 'a value among the options of "set", which change how the shell reads what follows';
  if (name === 'export' || name === 'readonly')
    return `a value that "${name}" takes for a name: only NAME={{…}} stands there, with no options`;
  if (name === 'for' || name === 'select') return explainLoop(name, rest);
  if (name === 'case' && rest.length > 0) return 'a value inside a "case" that has not begun';
  if (base === 'printf') return explainFormat(rest);
  if (base === '[' || base === 'test' || base === '[[') return undefined;
  if (shells.has(base) && scriptOption(rest) < 0 && !hasScript(rest))
    return `a value that "${name}" may take for an option or a script`;
  return remote.has(base) && hasDestination(rest)
    ? `a value in the command that "${name}" hands to a shell elsewhere`
    : undefined;
}

/** Whether the words of a call of a shell name the file that it runs. */
function hasScript(rest: readonly string[]): boolean {
  const named = rest.some(
    (word, index) => isOperand(word) && !/^(?:[-+]\w*[oOs]|--rcfile|--init-file)$/.test(rest[index - 1] ?? ''),
  );
  return named && rest.every(isKnownOrValue);
}

function explainLoop(name: string, rest: readonly string[]): string | undefined {
  if (rest[1] === 'in' || rest[0]?.endsWith(unknownMark) === true) return undefined;
  return `a value for the name of the variable of "${name}"`;
}

/** printf(1) reads its format once more; `-v` names a variable; ksh and zsh evaluate numbers as arithmetic. */
function explainFormat(rest: readonly string[]): string | undefined {
  let at = 0;
  if (rest[at] === '-v') at += 2;
  if (rest[at] === '--') at++;
  const format = rest[at];
  if (format === undefined || rest.length < at || !isKnown(format))
    return 'a value in the format of "printf", which reads "%" and backslashes in it';
  return /%[^%A-Za-z]*[diouxXeEfFgGaA(]/.test(format)
    ? 'a value that "printf" reads as a number, which some shells evaluate as arithmetic'
    : undefined;
}

/** Wherever in the command a shell is told to run a text: `docker exec web sh -c {{…}}`. */
function explainScript(texts: readonly string[]): string | undefined {
  for (const [index, text] of texts.entries()) {
    if (!shells.has(baseOf(text))) continue;
    const rest = texts.slice(index + 1);
    const option = scriptOption(rest);
    if (option >= 0 && rest.slice(option + 1).every((word) => /^[-+]/.test(word) || !isKnown(word)))
      return `a value in the code that "${text} ${rest[option] ?? ''}" runs`;
  }
  return undefined;
}

function scriptOption(rest: readonly string[]): number {
  return rest.findIndex((word) => /^-[A-Za-z]*c[A-Za-z]*$/.test(word) || word === '--command');
}

/** ssh(1): its options with an argument, and then where to. */
function hasDestination(rest: readonly string[]): boolean {
  const operands = rest.filter(
    (word, index) => !word.startsWith('-') && !/^-[A-Za-z]*[BbcDEeFIiJLlmOoPpQRSWw]$/.test(rest[index - 1] ?? ''),
  );
  return operands.length > 0;
}

/** False for a word that a value or a branch is part of. */
function isKnown(text: string): boolean {
  return !text.includes(valueMark) && !text.includes(unknownMark);
}

function isKnownOrValue(text: string): boolean {
  return !text.includes(unknownMark);
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/**
 * Whether a command gives variables a type (`declare -i`, `-n`): what is assigned to them later is evaluated as arithmetic,
 * or taken for a name.
 */
export function integersFollow(words: readonly Word[]): boolean {
  const texts = words.map(({ text }) => text);
  const at = texts.findIndex((text) => /^(?:declare|typeset|local|readonly|export|integer|float|nameref)$/.test(text));
  if (at < 0 || texts.slice(0, at).some((text) => !wrappers.has(text))) return false;
  return /^(?:integer|float|nameref)$/.test(texts[at] ?? '') || texts.slice(at + 1).some(givesType);
}

function givesType(text: string): boolean {
  return /^-\w*[inEF]/.test(text) || text.includes(unknownMark);
}
