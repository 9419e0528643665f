/** A word of a shell command, or its beginning. */
export interface Word {
  /** The source text, with quotes. */
  readonly raw: string;
  /** The text outside quotes, with a `"` in place of each quoted character. */
  readonly bare: string;
  /** The text without quotes and backslashes. */
  readonly text: string;
  /** The redirection operator before the word; '' when the word is not a target of a redirection. */
  readonly redirection: string;
}

export interface Words {
  /** The complete words, without the targets of redirections. */
  readonly before: readonly Word[];
  /** The word that the following text continues; without text when a new word would begin. */
  readonly current: Word;
  /** The open quote at the end of the text; '' outside quotes. */
  readonly quote: string;
}

/** Splits the text of a simple command (POSIX XCU 2.3) at blanks and redirections outside quotes. */
export function readWords(frame: string): Words {
  const before: Word[] = [];
  let raw = '';
  let bare = '';
  let text = '';
  let quote = '';
  let redirection = '';
  let begun = false;
  const end = (): void => {
    if (!begun) return;
    if (redirection === '') before.push({ raw, bare, text, redirection });
    raw = bare = text = redirection = '';
    begun = false;
  };
  for (let at = 0; at < frame.length; at++) {
    const char = frame.charAt(at);
    if (quote === '' && /[ \t\n]/.test(char)) {
      end();
      continue;
    }
    if (quote === '' && /[<>]/.test(char)) {
      // Digits or `{name}` before the operator are the redirected descriptor.
      if (/^(?:\d+|\{\w+\}|&)$/.test(raw)) {
        raw = bare = text = '';
        begun = false;
      } else end();
      redirection = /^[<>]+[&|]?/.exec(frame.slice(at))?.[0] ?? char;
      at += redirection.length - 1;
      continue;
    }
    begun = true;
    raw += char;
    if (char === '\\' && quote !== "'") {
      const next = frame.charAt(++at);
      raw += next;
      bare += '"';
      text += quote === '"' && !/["\\$`]/.test(next) ? char + next : next;
    } else if (char === quote) quote = '';
    else if (quote === '' && /["']/.test(char)) quote = char;
    else {
      text += char;
      bare += quote === '' ? char : '"';
    }
  }
  return { before, current: { raw, bare, text, redirection }, quote };
}

/** The variable's name in an assignment; undefined when the word is not an assignment. */
export function assignedName(raw: string): string | undefined {
  return /^([A-Za-z_\uFFFC][\w\uFFFC]*)(?:\[[^\]]*\])?\+?=/.exec(raw)?.[1];
}

/** Words that end a compound command. The next word is a reserved word, a redirection or a command. */
const ending = ['}', 'fi', 'done', 'esac', 'end'];

const leading = new Set(
  ['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time', 'always'].concat(ending),
);

/** The words from the command's name on, without the reserved words and assignments before it. */
export function skipToCommand(words: readonly Word[]): readonly Word[] {
  const isBefore = ({ raw }: Word, index: number): boolean =>
    leading.has(raw) || assignedName(raw) !== undefined || (/^-[p-]$/.test(raw) && followsTime(words, index));
  const start = words.findIndex((word, index) => !isBefore(word, index));
  return start < 0 ? [] : words.slice(start);
}

/** Whether only options of `time` are between `time` and a word. */
function followsTime(words: readonly Word[], index: number): boolean {
  const previous = words[index - 1]?.raw;
  return previous === 'time' || (previous === '-p' && followsTime(words, index - 1));
}

/** Whether all words are ends of compound commands. */
export function endsCompound(words: readonly Word[]): boolean {
  return words.length > 0 && words.every(({ raw }) => ending.includes(raw));
}

/** Whether a word is the plain name of a command: without expansions, quotes, patterns and escapes. */
export function isPlainName({ raw }: Pick<Word, 'raw'>): boolean {
  return /^(?:\[|:|[\w./][\w./+:@-]*)$/.test(raw);
}

/** Whether a word contains an expansion, quoted or not. */
export function expands({ raw }: Pick<Word, 'raw'>): boolean {
  return /[$`]/.test(
    raw.replace(/\\.|'[^']*'|"((?:[^"\\]|\\.)*)"/gs, (_, inner?: string) => inner?.replace(/\\./gs, '') ?? ''),
  );
}

/** Whether a word contains an expansion outside quotes, which the shell may split into several words. */
export function splits({ raw }: Pick<Word, 'raw'>): boolean {
  return /[$`]/.test(raw.replace(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/gs, ''));
}
