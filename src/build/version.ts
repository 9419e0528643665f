import { readFileSync } from 'node:fs';

/** The version of this package. package.json is as far from the modules of dist/ as from the chunks of the command. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
