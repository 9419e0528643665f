import { expect, test } from 'vitest';
import { shell } from '../../../src/render/dialects/shell.js';
import { initialState } from '../../../src/render/dialects/state.js';
import { fill, trace } from './reading.js';

const noQuotes = 'a value inside or after shell syntax in which quotes do not protect it';
const command = 'a value in place of a command, so it would choose the program that runs';
const pattern = 'a value in a pattern of "case"';
const runsCode = 'a value among the arguments of "eval", which runs its arguments as code';

/** Contexts that take a value; the output with the value `a b`. */
test.each([
  ["# ¤\n# it's ¤", "# a b\n# it's a b"],
  ['echo \\ \\\n#¤', "echo \\ \\\n#'a b'"],
  ['echo "a \\\n"#¤', 'echo "a \\\n"#\'a b\''],
  ["echo '\\\n'#¤", "echo '\\\n'#'a b'"],
  ["printf %s\\' \\\n¤", "printf %s\\' \\\n'a b'"],
  ['echo \\$a\\\n¤', "echo \\$a\\\n'a b'"],
  ['A\\\nB\\\n=¤', "A\\\nB\\\n='a b'"],
  ['echo ¤\\\n>f', "echo 'a b'\\\n>f"],
  ['[ ¤ \\\n= x ]', "[ 'a b' \\\n= x ]"],
  ['[ ¤\\\n = x ]', "[ 'a b'\\\n = x ]"],
  ['[ -n ¤\\\n ]', "[ -n 'a b'\\\n ]"],
  ['[ ¤"x = y" = x ]', '[ \'a b\'"x = y" = x ]'],
  ["[ ¤'x = y' = x ]", "[ 'a b''x = y' = x ]"],
  ['[ ¤\\  = x ]', "[ 'a b'\\  = x ]"],
  ['[ "¤\\" " = x ]', '[ "a b\\" " = x ]'],
  ['a=(b #c\n¤)', "a=(b #c\n'a b')"],
  ['_a=(¤)', "_a=('a b')"],
  ['Q_§=(¤)', "Q_b=('a b')"],
  ['a[12]=(¤', "a[12]=('a b'"],
  ['case x in esacx) echo ¤', "case x in esacx) echo 'a b'"],
  ['case x in (esac) echo ¤', "case x in (esac) echo 'a b'"],
  ['[[ a ]]; echo ¤', "[[ a ]]; echo 'a b'"],
  ['echo $(xcase ¤)', "echo $(xcase 'a b')"],
  ['echo $(a; x=case-¤)', "echo $(a; x=case-'a b')"],
  ['echo "¿{¤}"', 'echo "{a b}"'],
  ['echo $(cases ¤)', "echo $(cases 'a b')"],
  ['a=({\n¤)', "a=({\n'a b')"],
  ['echo "¿(¤)"', 'echo "(a b)"'],
])('%j becomes %j', (text, expected) => {
  expect(fill(shell, text, 'a b')).toBe(expected);
});

/** Contexts that take no value, by the message. */
const refused: Readonly<Record<string, readonly string[]>> = {
  [noQuotes]: [
    'cat <\\\n<E\n¤',
    'cat <\\\n\\\n<E\n¤',
    'echo $(\\\n(¤))',
    '(\\\n(¤))',
    'eval &\\\n>x echo ¤',
    'echo $\\\n{a¤',
    "echo $\\\n'¤",
    'echo $\\\n[¤',
    'echo ¿\\\n(¤',
    'echo ¿)¤',
    '¿()¤',
    'echo $(case ¤',
    'echo $(case\t¤',
    'echo $(case\n¤',
    'echo $(a;case ¤',
    'echo $(a&case ¤',
    'echo $(a|case ¤',
    'echo $(if case ¤',
    'echo $(if\tcase ¤',
    'echo $(ca\\\nse ¤',
    'echo $(¿case ¤',
    'echo -a=(¤',
    'a[1][2]=(¤',
    'a[1 2]=(¤',
    'a=(b=(¤',
    'x f()¤',
    'x f() ¤',
    'function f g() ¤',
    'for (¤',
  ],
  [pattern]: [
    'case x in\n¤',
    'case x in\t¤',
    'case x in #\n¤',
    'case x in a|#\n¤',
    'case x in a) b;& ¤',
    'case x in esacx) b;; ¤',
    'case x in a) b;;& ¤',
    'case x in a) b;\\\n; ¤',
    'case x in a) b;; c) d;; ¤',
    'case x in a) b;; esac¤',
  ],
  [command]: [
    ';;¤',
    'case x in a) b; ¤',
    'case x in esac ¤',
    'case x in esac\t¤',
    'case x in esac\n¤',
    'case x in esac;¤',
    'case x in esac&¤',
    'case x in esac|¤',
    'case x in a) b\nesac\n¤',
    'case x in a) b\nesac; ¤',
    'case x in a) b\nesac; c;; ¤',
    '(¤',
    ') ¤',
    'x ) ¤',
    '> ) ¤',
    '[[ a ]];¤',
    'x >|&¤',
  ],
  [runsCode]: ['echo #\neval ¤', 'echo >\neval ¤', 'echo >;eval ¤', 'case x in esac eval ¤', '\\eval \\\n¤'],
  'a value between the word and the "in" of a "case"': ['case x int ¤', 'case in ¤'],
  'a value in "[[ ]]", which evaluates its operands as arithmetic or patterns': ['[[ a #\n¤', '[[ a;¤'],
  'a value that "sudo" may run as a command': ['sudo $(esac\necho a) ¤'],
  'a value in a command whose beginning depends on a block, or on how a shell reads "&>"': ['a=(b &> ¤'],
  'a value in "[", which may evaluate it as arithmetic or as an operator': [
    '[ "¤ = x" -eq 1 ]',
    "[ '¤ = x' -eq 1 ]",
    '[ "¤\\" = x" -eq 1 ]',
    '[ ¤" = x" -eq 1 ]',
    "[ ¤' = x' -eq 1 ]",
    '[ ¤\\ = x -eq 1 ]',
    '[ "¤§" = x ]',
    '[ "¤ ¿" = x ]',
  ],
};

test.each(Object.entries(refused).flatMap(([message, texts]) => texts.map((text) => [text, message] as const)))(
  '%j is refused: %s',
  (text, message) => {
    expect(fill(shell, text, 'a b')).toBe(`!${message}`);
  },
);

test.each([
  ['echo ¤\\\n>f', '2', "echo '2'\\\n>f"],
  ['echo ¤\\\n\\\n<f', '2', "echo '2'\\\n\\\n<f"],
  ['echo ¤\\>f', '2', 'echo 2\\>f'],
])('%j with %j becomes %j', (text, value, expected) => {
  expect(fill(shell, text, value)).toBe(expected);
});

/** Each text has the same effect on a number sign, with and without a joined line after it. */
test.each(
  'a|a |a <|a >|a >\\||a >&|a <&|a;|a &|a &&|a \\||(|[[ (|[[ a \\|\\||[[ a &&|case a in|case a in |case a in b\\||a=(|"a"|\'a\'|"a "|$(|$(a)|(a)|a=(b)|{ a; }|\\ |a\\ '
    .split(/(?<!\\)\|/)
    .map((text) => text.replaceAll('\\|', '|')),
)('a joined line after %j changes nothing', (text) => {
  const last = (read: string): string => read.replace(/ .*$/, '').slice(-1);
  expect(last(trace(shell, `${text}\\\n#b`))).toBe(last(trace(shell, `${text}#b`)));
});

test.each([
  ['((a) b) c', '_$$$$$$__w'],
  ['$( ((a)) b) c', '_w__$$$$__ww_w'],
  ['$( (a (b)) c', '_w___w_!!!!!! wb'],
  ['${a}#b', '_w$$www'],
  ['a\\', '_w\\'],
  ['\\', '_\\'],
  ['"\\', '_"\\'],
])('%j is read as %s', (text, expected) => {
  expect(trace(shell, text)).toBe(expected);
});

const indented = { ...initialState, indent: '  ', line: '  ' };

test.each([
  ['x=1\\\neval a ¤', `!${runsCode}`],
  ['un\\\nset ¤', "un\\\nset 'a b'"],
  ['echo ¤\\\n>f', "echo 'a b'\\\n>f"],
  ["echo a\\\n#it's ¤", "echo a\\\n#it's a b"],
  ['echo a\\\n#¤', 'echo a\\\n#a b'],
  ['echo "a\\\n"#¤', 'echo "a\\\n"#\'a b\''],
  ['cat <\\\n<(echo ¤)', "cat <\\\n<(echo 'a b')"],
  ['A¤\\\n=1', `!${command}`],
])('in a partial with an indentation, %j becomes %j', (text, expected) => {
  expect(fill(shell, text, 'a b', indented)).toBe(expected);
});
