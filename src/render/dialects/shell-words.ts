/** A word of a shell command, read up to some point. */
export interface Word {
  /** As it is written, quotes and all. */
  readonly raw: string;
  /** What stands outside quotes, and a `"` for each character that is quoted. */
  readonly bare: string;
  /** Without its quotes and backslashes. */
  readonly text: string;
  /** The operator that makes it the target of a redirection; '' where it is none. */
  readonly redirection: string;
}

export interface Words {
  /** Those that are whole, without the targets of redirections. */
  readonly before: readonly Word[];
  /** The one that goes on here; of no text where a new one begins. */
  readonly current: Word;
  /** The quote that is open here; '' outside quotes. */
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
      // Digits before it, or `{name}`, are the descriptor that is redirected.
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

/** The name that an assignment begins with, subscript and all; undefined in a word that is none. */
export function assignedName(raw: string): string | undefined {
  return /^([A-Za-z_\uFFFC][\w\uFFFC]*)(?:\[[^\]]*\])?\+?=/.exec(raw)?.[1];
}

/** Words that end a compound command. What follows them is again a reserved word, a redirection or a command. */
const ending = ['}', 'fi', 'done', 'esac', 'end'];

const leading = new Set(
  ['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time', 'always'].concat(ending),
);

/** The words from the command's name on: without reserved words and assignments before it. */
export function skipToCommand(words: readonly Word[]): readonly Word[] {
  const isBefore = ({ raw }: Word, index: number): boolean =>
    leading.has(raw) || assignedName(raw) !== undefined || (/^-[p-]$/.test(raw) && followsTime(words, index));
  const start = words.findIndex((word, index) => !isBefore(word, index));
  return start < 0 ? [] : words.slice(start);
}

/** Whether nothing but options of `time` stands between it and a word. */
function followsTime(words: readonly Word[], index: number): boolean {
  const previous = words[index - 1]?.raw;
  return previous === 'time' || (previous === '-p' && followsTime(words, index - 1));
}

/** Whether the words are the end of a compound command, and nothing else. */
export function endsCompound(words: readonly Word[]): boolean {
  return words.length > 0 && words.every(({ raw }) => ending.includes(raw));
}

/** Whether a word is the plain name of a command: without expansions, quotes, patterns and escapes. */
export function isPlainName({ raw }: Pick<Word, 'raw'>): boolean {
  return /^(?:\[|:|[\w./][\w./+:@-]*)$/.test(raw);
}

/** Whether a word holds an expansion, quoted or not. */
export function expands({ raw }: Pick<Word, 'raw'>): boolean {
  return /[$`]/.test(
    raw.replace(/\\.|'[^']*'|"((?:[^"\\]|\\.)*)"/gs, (_, inner?: string) => inner?.replace(/\\./gs, '') ?? ''),
  );
}

/** Whether a word holds an expansion outside quotes, which may make several words of it. */
export function splits({ raw }: Pick<Word, 'raw'>): boolean {
  return /[$`]/.test(raw.replace(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/gs, ''));
}
