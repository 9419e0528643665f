/** The part of a stream that decides whether it is coloured. */
interface Output {
  readonly isTTY?: boolean;
}

type Paint = (text: string) => string;

/** The colours that the commands use, by what they mean. */
export interface Colours {
  readonly good: Paint;
  readonly warning: Paint;
  readonly bad: Paint;
  /** For structure: heads of tables, names of files. */
  readonly strong: Paint;
  readonly faint: Paint;
  /** For positions in a text. */
  readonly place: Paint;
}

/**
 * Whether a stream gets colours. The answer differs between streams: standard output may be a pipe while standard error is a terminal.
 * NO_COLOR (https://no-color.org: any value except the empty one) counts first, then FORCE_COLOR (`0` and `false`: no colours). Without
 * both, a terminal gets colours unless TERM is `dumb`.
 */
export function isColoured(stream: Output, env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const { NO_COLOR: never = '', FORCE_COLOR: always = '', TERM: terminal } = env;
  if (never !== '') return false;
  if (always !== '') return always !== '0' && always !== 'false';
  return stream.isTTY === true && terminal !== 'dumb';
}

/** The colours of a stream. For a stream that is not coloured, each of them returns its text unchanged. */
export function coloursOf(stream: Output, env: Readonly<Record<string, string | undefined>> = process.env): Colours {
  const paint = isColoured(stream, env) ? sgr : () => (text: string) => text;
  return {
    good: paint(32, 39),
    warning: paint(33, 39),
    bad: paint(31, 39),
    strong: paint(1, 22),
    faint: paint(2, 22),
    place: paint(36, 39),
  };
}

// ECMA-48 SGR. `util.styleText` checks the stream and the environment differently in each version of Node.js.
function sgr(on: number, off: number): Paint {
  return (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`);
}
