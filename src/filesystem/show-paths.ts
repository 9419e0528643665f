/** Matches the way by which a system call reaches an entry of an open folder. */
const reached = /\/proc\/self\/fd\/(\d+)/g;

/** The text with the descriptors' paths in the place of their numbers. */
export function showPaths(text: string, pathOf: (descriptor: number) => string | undefined): string {
  return text.replace(reached, (all, number: string) => pathOf(Number(number)) ?? all);
}

/** The same error, which names paths that people know. Returned, so that it can be thrown. */
export function showPathsInError(error: unknown, pathOf: (descriptor: number) => string | undefined): unknown {
  if (!(error instanceof Error)) return error;
  const message = showPaths(error.message, pathOf);
  // The message of some errors (DOMException) cannot be set.
  if (message !== error.message) error.message = message;
  const places = error as { path?: unknown; dest?: unknown };
  for (const key of ['path', 'dest'] as const) {
    const place = places[key];
    if (typeof place === 'string') places[key] = showPaths(place, pathOf);
  }
  return error;
}

/** Whatever of the way is missing, the file is what was asked for. */
export function showFileInError(error: unknown, path: string): unknown {
  const { path: part } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || part === undefined) return error;
  error.message = error.message.replace(`'${part}'`, `'${path}'`);
  return Object.assign(error, { path });
}
