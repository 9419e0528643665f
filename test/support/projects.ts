import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Helpers by which a test runs a server or another installed program, or the built command. */
const starters = ['binaries.ts', 'command.ts'].map((name) => join(import.meta.dirname, name));

/**
 * Whether a test needs more than Node and `npm ci`: it imports, itself or through other files, a helper that runs installed programs or
 * the built command. So the project of a test follows from what it does, and no list has to be kept.
 *
 * @param test absolute path of a TypeScript file
 */
export function needsServers(test: string): boolean {
  const reached = new Set([test]);
  // The loop also goes through the files that it adds.
  for (const file of reached) for (const imported of importsOf(file)) reached.add(imported);
  return starters.some((file) => reached.has(file));
}

/** The files that a file imports statically by a relative path. Imports of types alone do not count: nothing is run through them. */
function importsOf(file: string): string[] {
  if (!existsSync(file)) return [];
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)\.js'|^import '(\.[^']+)\.js'/gm,
  );
  return [...statements].map(([, named, bare]) => join(dirname(file), `${named ?? bare ?? ''}.ts`));
}
