// The floor: the best result that a Node program can approach.
import { join } from 'node:path';

export const title = 'bare Node';

export function missing() {
  return undefined;
}

export function prepare({ endpoint, prefix, file, reload }) {
  return [process.execPath, join(import.meta.dirname, 'floor-main.mjs'), endpoint, prefix, file, reload];
}
