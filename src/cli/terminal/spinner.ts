/** How long something takes before it is worth a word, and between two looks of the line. Milliseconds. */
const patience = 1000;
const beat = 120;
const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Columns of the line that is shown; 0: none is. */
let shown = 0;

/**
 * Waits for something, and after a second says so in a line on standard error that moves and is gone at the end. Where standard
 * error is no terminal nothing is said: what comes of it will be.
 *
 * @param what in the words of `waiting for etcd`
 */
export async function withProgress<T>(what: string, task: Promise<T>): Promise<T> {
  const { stderr } = process;
  if (!stderr.isTTY) return task;
  const from = performance.now();
  let frame = 0;
  const draw = (): void => {
    clearProgress();
    const seconds = Math.floor((performance.now() - from) / 1000);
    const line = `${frames[(frame += 1) % frames.length] ?? ''} ${what} (${seconds} s)`;
    // A terminal that does not know its width says 0. A line that wraps could not be taken away.
    const cut = line.slice(0, (stderr.columns || 80) - 1);
    stderr.write(cut);
    shown = cut.length;
  };
  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, beat);
  }, patience);
  try {
    return await task;
  } finally {
    clearInterval(timer);
    clearProgress();
  }
}

/** Takes the line away; whoever else writes to the terminal does so first. The line comes back by itself. */
export function clearProgress(): void {
  if (shown === 0) return;
  // Every terminal knows this, and it is no escape sequence.
  process.stderr.write(`\r${' '.repeat(shown)}\r`);
  shown = 0;
}
