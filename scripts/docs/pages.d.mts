/** Imports a module of the code by its path below src/: `render/types.js`. */
export type Load = (path: string) => Promise<unknown>;

export const pages: Readonly<Record<string, (load: Load) => Promise<Readonly<Record<string, string>>>>>;

export function comparePage(
  page: string,
  load: Load,
): Promise<{ readonly file: string; readonly text: string; readonly wanted: string }>;
