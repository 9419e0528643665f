/** Matches the path of an open directory's descriptor, as system calls use it, and the slash before an entry's name. */
const descriptorPath = /\/proc\/self\/fd\/(\d+)(\/?)/g;

/** Replaces descriptor paths in the text by the real paths of the directories. */
export function showPaths(text: string, pathOf: (descriptor: number) => string | undefined): string {
  return text.replace(descriptorPath, (all, number: string, slash: string) => {
    const path = pathOf(Number(number));
    // The root directory's own path ends with a slash.
    return path === undefined ? all : path === '/' ? path : `${path}${slash}`;
  });
}

/** Replaces descriptor paths in the error's message and fields, and returns the same error. */
export function showPathsInError(error: unknown, pathOf: (descriptor: number) => string | undefined): unknown {
  if (!(error instanceof Error)) return error;
  const message = showPaths(error.message, pathOf);
  // The message of some errors (DOMException) cannot be set.
  if (message !== error.message) error.message = message;
  const fields = error as { path?: unknown; dest?: unknown };
  for (const key of ['path', 'dest'] as const) {
    const value = fields[key];
    if (typeof value === 'string') fields[key] = showPaths(value, pathOf);
  }
  return error;
}

/** Makes the error name `path`, the requested file, and not the part of the path that failed. Returns the same error. */
export function showFileInError(error: unknown, path: string): unknown {
  const { path: part } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || part === undefined) return error;
  error.message = error.message.replace(`'${part}'`, `'${path}'`);
  return Object.assign(error, { path });
}
