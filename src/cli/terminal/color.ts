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
  /** What structures the output: heads of tables, names of files. */
  readonly strong: Paint;
  readonly faint: Paint;
  /** Where in a text something is. */
  readonly place: Paint;
}

/**
 * Whether a stream is to be coloured. Each is asked for itself: standard output may be a pipe while standard error is a
 * terminal. NO_COLOR (https://no-color.org: any value but an empty one) comes first, then FORCE_COLOR (`0` and `false`: none), then a
 * terminal that is no dumb one.
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

// ECMA-48 SGR. `util.styleText` asks the stream and the environment in another way in each version of Node.
function sgr(on: number, off: number): Paint {
  return (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`);
}
