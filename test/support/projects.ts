import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Helpers by which a test runs a server or another installed program, or the built command. */
const starters = ['binaries.ts', 'command.ts'].map((name) => join(import.meta.dirname, name));

/** The helper by which a test runs a Kubernetes control plane. */
const controlPlane = join(import.meta.dirname, '..', 'kubernetes', 'support', 'control-plane.ts');

/**
 * Whether a test needs more than Node and `npm ci`: it imports, itself or through other files, a helper that runs installed programs or
 * the built command. So the project of a test follows from what it does, and no list has to be kept.
 *
 * @param test absolute path of a TypeScript file
 */
export function needsServers(test: string): boolean {
  const reached = filesOf(test);
  return starters.some((file) => reached.has(file));
}

/** Whether a test runs a Kubernetes control plane, which takes minutes to build. @param test absolute path of a TypeScript file */
export function needsControlPlane(test: string): boolean {
  return filesOf(test).has(controlPlane);
}

/** The file and all that it imports, also through others. */
function filesOf(test: string): ReadonlySet<string> {
  const reached = new Set([test]);
  // The loop also goes through the files that it adds.
  for (const file of reached) for (const imported of importsOf(file)) reached.add(imported);
  return reached;
}

/** The files that a file imports statically by a relative path. Imports of types alone do not count: nothing is run through them. */
function importsOf(file: string): string[] {
  if (!existsSync(file)) return [];
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)\.js'|^import '(\.[^']+)\.js'/gm,
  );
  return [...statements].map(([, named, bare]) => join(dirname(file), `${named ?? bare ?? ''}.ts`));
}
