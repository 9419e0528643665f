// Where helm and kubectl lie.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Python package that brings both programs, pinned with its hash. */
export const kubeToolsRequirements = join(
  ...[import.meta.dirname, '..', '..', 'test', 'kubernetes', 'support', 'tools', 'requirements.txt'],
);

/** The directory of the fetched tools in the cache. Its name changes with the package. */
export function kubeToolsDirectory() {
  const hash = createHash('sha256').update(readFileSync(kubeToolsRequirements)).digest('hex').slice(0, 8);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall');
  return join(cache, `kube-tools-${hash}`);
}

/**
 * The path of a tool: `$HELM` or `$KUBECTL`, or the fetched one. Not one of $PATH: a kubectl or helm of another year passes or refuses other
 * things.
 */
export function kubeTool(name) {
  return process.env[name.toUpperCase()] || join(kubeToolsDirectory(), name);
}
