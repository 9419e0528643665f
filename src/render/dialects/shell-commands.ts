import { isKnown, isKnownOrValue, unknownMark } from './marks.js';
import { baseOf, dependsOnBlock, explainScript, mayComplete, scriptOption, shells } from './shell-scripts.js';
import { isSpecialVariable } from './shell-variables.js';
import { isPlainName, splits } from './shell-words.js';
import type { Word } from './shell-words.js';

/**
 * Why a value must not be an argument of a command: `a value …`, for a message. Undefined when it is allowed.
 * @param words the command's name and its complete arguments before the value.
 * @param current the part of the value's own word before the value.
 */
export function explainArgument(words: readonly Word[], current: Word): string | undefined {
  const texts = words.map(({ text }) => text);
  const [name = ''] = texts;
  if (!isKnown(name)) return dependsOnBlock;
  // find reads ";" among these words as the end of the command, and can run another command after it.
  if (texts.some((text) => mayComplete(text, findActions))) return dependsOnBlock;
  if (texts.some((text) => findActions.includes(text)))
    return `a value among the words of a command that "${name}" runs`;
  const found = wrappers.has(baseOf(name))
    ? explainWrapped(words, current)
    : (explainScript(words, current) ?? explainCall(words, current));
  if (found !== undefined || isPlain(words[0])) return found;
  return 'a value among the arguments of a command whose name is not plain text';
}

/**
 * Why a value, or a substitution with a value, must not be the target of a redirection: a shell may read its script from there. Undefined when
 * it is allowed.
 * @param words the words of the command so far, its name first; empty when redirections come before the name.
 * @param redirection the operator.
 */
export function explainInput(words: readonly Word[], redirection: string): string | undefined {
  if (!redirection.includes('<')) return undefined;
  const [name] = words;
  const reads = ({ text }: Word): boolean => /^(?:\.|source|exec|eval)$/.test(text) || shells.has(baseOf(text));
  return name === undefined || !isPlainName(name) || words.some((word) => reads(word) || !isKnown(word.text))
    ? 'a value in the input of a command that may run it'
    : undefined;
}

/** Options of find(1) that run a command. */
const findActions = ['-exec', '-execdir', '-ok', '-okdir'];

/** Commands that interpret their arguments in spite of quotes, and how they interpret them. */
const commandEffects: readonly (readonly [names: string, does: string])[] = [
  ['eval . source trap alias emulate coproc function', 'runs its arguments as code'],
  ['compgen complete compopt bind fc history', 'expands its arguments or runs them as code'],
  [
    'watch su runuser sg newgrp script parallel tmux screen capsh zpty sched zle bindkey jobs',
    'runs its arguments as code',
  ],
  ['repeat foreach', 'begins another command'],
  ['let exit logout return shift break continue ulimit integer float', 'evaluates its arguments as arithmetic'],
  [
    'declare typeset local nameref unset read mapfile readarray getopts wait print vared compound enum ' +
      'private strftime zformat zparseopts zregexparse sysread sysopen syswrite sysseek zstat stat zselect zsystem zsocket ztcp',
    'reads its arguments as names of variables, and evaluates their subscripts',
  ],
  [
    'shopt enable hash autoload zmodload setopt unsetopt disable functions zcompile',
    'changes how the shell reads the following text',
  ],
];

const effects: ReadonlyMap<string, string> = new Map(
  commandEffects.flatMap(([names, does]) => names.split(' ').map((name): [string, string] => [name, does])),
);

/** Commands that run another command, which is among their arguments. */
const wrappers = new Set(
  (
    'command builtin exec env sudo doas nohup nice ionice timeout xargs stdbuf setsid chroot busybox toybox noglob ' +
    'nocorrect nsenter unshare strace ltrace taskset chrt systemd-run systemd-cat systemd-inhibit flock time choom setarch ' +
    'linux32 linux64 uname26 i386 x86_64 fakeroot fakechroot prlimit numactl cgexec firejail bwrap proot pkexec setpriv ' +
    'unbuffer rlwrap valgrind gosu su-exec setuidgid envdir envuidgid setlock softlimit chpst tini dumb-init eatmydata ' +
    'ssh-agent daemonize start-stop-daemon entr schroot dbus-run-session xvfb-run'
  ).split(' '),
);

const remoteShells = new Set(['ssh', 'slogin', 'rsh', 'autossh', 'mosh', 'dbclient']);

/** Copying programs with an option that names a command to run. */
const copiers = new Set(['scp', 'sftp', 'rsync']);

/** Wrappers that have an operand before the command. */
const wrappersWithOperand = new Set([
  'chroot',
  'flock',
  'taskset',
  'setarch',
  'gosu',
  'su-exec',
  'setuidgid',
  'envdir',
  'envuidgid',
  'setlock',
]);

/** After a wrapper, any word may be the command, because the wrapper's options and their arguments are unknown. */
function explainWrapped(words: readonly Word[], current: Word): string | undefined {
  const name = words[0]?.text ?? '';
  const inner = words.slice(1);
  const rest = inner.map(({ text }) => text);
  if (!rest.every(isKnownOrValue)) return dependsOnBlock;
  // An operand right after an option may be the option's argument, and the value the command.
  const sure = [...rest.keys()].filter(
    (at) => isOperand(rest[at] ?? '') && isPlain(inner[at]) && !/^(?:[-+][A-Za-z]+|--[\w-]+)$/.test(rest[at - 1] ?? ''),
  );
  const command = sure[Number(wrappersWithOperand.has(baseOf(name)))];
  if (command === undefined || inner.slice(0, command).some(mayBeCommand))
    return `a value that "${name}" may run as a command`;
  for (const [at, text] of rest.entries()) {
    const call = inner.slice(at);
    const found = wrappers.has(baseOf(text)) ? explainWrapped(call, current) : explainCall(call, current);
    if (found !== undefined) return found;
  }
  return explainScript(inner, current);
}

function isPlain(word: Word | undefined): boolean {
  return word !== undefined && isPlainName(word);
}

/** An expansion before the command may itself be the command, except in `NAME="…"`. */
function mayBeCommand(word: Word): boolean {
  return splits(word) || (word.expands && !/^\w+=/.test(word.raw));
}

function isOperand(text: string): boolean {
  return !/^[-+]/.test(text) && !/^\w+=/.test(text) && !/^\d+(?:\.\d+)?[smhd]?$/.test(text) && isKnown(text);
}

function explainCall(words: readonly Word[], current: Word): string | undefined {
  const [name = '', ...rest] = words.map(({ text }) => text);
  const base = baseOf(name);
  const does = effects.get(base);
  if (does !== undefined) return `a value among the arguments of "${name}", which ${does}`;
  if (name === 'set' && !rest.includes('--'))
    return 'a value among the options of "set", which change how the shell reads the following text';
  if (name === 'export' || name === 'readonly')
    return `a value that "${name}" reads as a name: write NAME={{…}} there, without options`;
  if (name === 'for' || name === 'select') return explainLoop(name, rest);
  if (name === 'case' && rest.length > 0) return 'a value between the word and the "in" of a "case"';
  if (base === 'printf') return explainFormat(words.slice(1));
  if (shells.has(base) && scriptOption(rest) < 0 && !hasScript(rest))
    return `a value that "${name}" may read as an option or a script`;
  if (remoteShells.has(base) && hasDestination(rest))
    return `a value in the command that "${name}" passes to a shell on another host`;
  return (remoteShells.has(base) || copiers.has(base)) && mayBeOption(rest, current)
    ? `a value in an option of "${name}", which may run it`
    : undefined;
}

function mayBeOption(rest: readonly string[], { text }: Word): boolean {
  return text.startsWith('-') || /^-\w*[oe]$/.test(rest.at(-1) ?? '') || (text === '' && !rest.includes('--'));
}

/** Whether the words of a call of a shell name the file that it runs. */
function hasScript(rest: readonly string[]): boolean {
  // Each "o" among the options takes a word: `bash -eox pipefail FILE`.
  if (rest.some((word) => /^[-+]\w*[oO]\w*[oO]/.test(word))) return false;
  const named = rest.some(
    (word, index) => isOperand(word) && !/^(?:[-+]\w*[oOs]\w*|--rcfile|--init-file)$/.test(rest[index - 1] ?? ''),
  );
  return named && rest.every(isKnownOrValue);
}

function explainLoop(name: string, rest: readonly string[]): string | undefined {
  const [variable = '', word] = rest;
  if (isSpecialVariable(variable)) return `a value for ${variable}, a variable that the shell itself uses`;
  if (word === 'in' && /^\w+$/.test(variable)) return undefined;
  return `a value for the name of the variable of "${name}"`;
}

/** printf(1) interprets its format; `-v` names a variable; ksh and zsh evaluate numbers as arithmetic. */
function explainFormat(rest: readonly Word[]): string | undefined {
  let at = rest[0]?.text === '-v' ? 2 : 0;
  if (rest[at]?.text === '--') at++;
  const format = rest[at];
  if (format === undefined || !isKnown(format.text) || format.expands || format.text.startsWith('-'))
    return 'a value in the format of "printf", which reads "%" and backslashes in it';
  // Only conversions of plain text are allowed: "*", "%n" and lengths given by arguments are numbers or names.
  return /^(?:[^%]|%(?:%|[-+ #0]*\d*(?:\.\d+)?[sbqc]))*$/.test(format.text)
    ? undefined
    : 'a value that "printf" reads as a number, which some shells evaluate as arithmetic';
}

/** Whether a call of ssh(1) already has its destination, after its options and their arguments. */
function hasDestination(rest: readonly string[]): boolean {
  const operands = rest.filter(
    (word, index) => !word.startsWith('-') && !/^-[A-Za-z]*[BbcDEeFIiJLlmOoPpQRSWw]$/.test(rest[index - 1] ?? ''),
  );
  return operands.length > 0;
}

/** Commands that give variables the type that their name says. */
const typedDeclarations = new Set('integer float nameref'.split(' '));

/** Commands that can give variables a type. */
const declarations = new Set([...typedDeclarations, ...'declare typeset local readonly export'.split(' ')]);

/**
 * Whether a command gives variables a type (`declare -i`, `-n`). The shell then evaluates later assignments to them as arithmetic, or reads
 * them as names.
 */
export function integersFollow(words: readonly Word[]): boolean {
  const texts = words.map(({ text }) => text);
  const at = texts.findIndex((text) => declarations.has(text));
  if (at < 0 || texts.slice(0, at).some((text) => !wrappers.has(text))) return false;
  return typedDeclarations.has(texts[at] ?? '') || texts.some(givesType);
}

function givesType(text: string): boolean {
  return /^-\w*[inEF]/.test(text) || text.includes(unknownMark);
}
