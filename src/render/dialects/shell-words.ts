/** A word of a shell command, or its beginning. */
export interface Word {
  /** The source text, with quotes. */
  readonly raw: string;
  /** The text outside quotes, with a `"` in place of each quoted character. */
  readonly bare: string;
  /** The text without quotes and backslashes. */
  readonly text: string;
  /** Whether it contains an expansion, in double quotes or outside quotes. */
  readonly expands: boolean;
}

export interface Words {
  /** The complete words, without the targets of redirections. */
  readonly before: readonly Word[];
  /** The word that the following text continues; without text when a new word would begin. */
  readonly current: Word;
  /** The redirection operator before the current word; '' when that word is not a target of a redirection. */
  readonly redirection: string;
  /** The open quote at the end of the text; '' outside quotes. */
  readonly quote: string;
}

/** Splits the text of a simple command (POSIX XCU 2.3) at blanks and redirections outside quotes. A backtick in it is escaped or quoted. */
export function readWords(frame: string): Words {
  const before: Word[] = [];
  let raw = '';
  let bare = '';
  let text = '';
  let expands = false;
  let quote = '';
  let redirection = '';
  const drop = (): void => {
    raw = bare = text = '';
    expands = false;
  };
  const end = (): void => {
    if (raw === '') return;
    if (redirection === '') before.push({ raw, bare, text, expands });
    redirection = '';
    drop();
  };
  for (let at = 0; at < frame.length; at++) {
    const char = frame.charAt(at);
    if (quote === '' && /[ \t\n]/.test(char)) {
      end();
      continue;
    }
    if (quote === '' && /[<>]/.test(char)) {
      // Digits or `{name}` before the operator are the redirected descriptor.
      if (/^(?:\d+|\{\w+\})$/.test(raw)) drop();
      else end();
      redirection = /[<>]+[&|]?/.exec(frame.slice(at))?.[0] ?? char;
      at += redirection.length - 1;
      continue;
    }
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
      expands ||= char === '$' && quote !== "'";
    }
  }
  return { before, current: { raw, bare, text, expands }, redirection, quote };
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
  const start = words.findIndex(
    ({ raw }, index) =>
      !leading.has(raw) && assignedName(raw) === undefined && !isOptionOfTime(raw, words[index - 1]?.raw),
  );
  return start < 0 ? [] : words.slice(start);
}

/** @param previous the word before, which is not the command's name. */
function isOptionOfTime(raw: string, previous: string | undefined): boolean {
  return (raw === '-p' || raw === '--') && (previous === 'time' || previous === '-p');
}

/** Whether all words are ends of compound commands. */
export function endsCompound(words: readonly Word[]): boolean {
  return words.length > 0 && words.every(({ raw }) => ending.includes(raw));
}

/** Whether a word is the plain name of a command: without expansions, quotes, patterns and escapes. */
export function isPlainName({ raw }: Pick<Word, 'raw'>): boolean {
  return /^(?:\[|:|[\w./][\w./+:@-]*)$/.test(raw);
}

/** Whether a word contains an expansion outside quotes, which the shell may split into several words. */
export function splits({ bare }: Pick<Word, 'bare'>): boolean {
  return bare.includes('$');
}
