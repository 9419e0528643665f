import { z } from 'zod';
import type { Log } from '../ports.js';
import { createDrawer } from './drawer.js';
import type { Folder } from './folder.js';

const decisions = z.array(z.tuple([z.string(), z.string(), z.string()]));

/** The formats that `auto` decided on: a source keeps its format over restarts, whatever is written first then. */
export interface Decisions {
  /** Name of the format, or undefined when nothing was decided for this source and prefix. */
  get(source: string, prefix: string): string | undefined;
  /** Durable when it resolves. */
  set(source: string, prefix: string, format: string): Promise<void>;
}

export function createDecisions(folder: Folder, log: Log): Decisions {
  const drawer = createDrawer<z.infer<typeof decisions>>({
    kind: 'decisions',
    version: 1,
    folder,
    name: 'decisions',
    log,
    revive: (body) => decisions.parse(body),
    loss: 'the formats of `auto` sources are decided anew',
  });
  let rows = drawer.load() ?? [];
  let tail = Promise.resolve();
  return {
    get: (source, prefix) => rows.find((row) => row[0] === source && row[1] === prefix)?.[2],
    set(source, prefix, format) {
      rows = [...rows.filter((row) => row[0] !== source), [source, prefix, format]];
      const done = tail.then(() => drawer.save(rows));
      tail = done.catch(() => undefined);
      return done;
    },
  };
}
