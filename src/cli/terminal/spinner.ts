/** Milliseconds before the line appears, and between two drawings. */
const showAfter = 1000;
const redrawEvery = 120;
const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Columns of the line that is shown. 0: no line is shown. */
let shown = 0;

/**
 * Waits for a task. After one second, a line on standard error says so; it shows the time and is erased at the end. When standard error
 * is no terminal, nothing is written.
 *
 * @param what a text such as `waiting for etcd`
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
    // A terminal that does not know its width reports 0. A line that wraps could not be erased.
    const cut = line.slice(0, (stderr.columns || 80) - 1);
    stderr.write(cut);
    shown = cut.length;
  };
  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, redrawEvery);
  }, showAfter);
  try {
    return await task;
  } finally {
    clearInterval(timer);
    clearProgress();
  }
}

/** Erases the line. Code that writes to the terminal calls this first; the line comes back with the next drawing. */
export function clearProgress(): void {
  if (shown === 0) return;
  // Without an escape sequence, so that every terminal understands it.
  process.stderr.write(`\r${' '.repeat(shown)}\r`);
  shown = 0;
}
