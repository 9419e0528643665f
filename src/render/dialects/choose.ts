import { dotenv } from './dotenv.js';
import { fields } from './fields.js';
import { dialects } from './grammar.js';
import type { Dialect, Grammar } from './grammar.js';
import { haproxy } from './haproxy.js';
import { json } from './json.js';
import { nginx } from './nginx.js';
import { none } from './none.js';
import { path } from './path.js';
import { shell } from './shell.js';
import { yaml } from './yaml.js';
import { zone } from './zone.js';

/** All dialects by name. `path` is for destination paths only. */
export const grammars: Readonly<Record<Dialect | 'path', Grammar>> = {
  none,
  nginx,
  haproxy,
  json,
  yaml,
  shell,
  fields,
  zone,
  dotenv,
  path,
};

const endings: ReadonlyMap<string, Dialect> = new Map([
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['sh', 'shell'],
  ['env', 'dotenv'],
  ['map', 'fields'],
  ['zone', 'zone'],
]);

/**
 * Infers the dialect of an output when neither the config nor the template names one: from the ending of its path, else from `nginx` or
 * `haproxy` in the path or in the template's name, else `none`.
 */
export function inferDialect(output: string | undefined, template: string): Dialect {
  const ending = /\.([^.]+)$/.exec(output ?? '')?.[1] ?? '';
  const known = endings.get(ending.toLowerCase());
  if (known !== undefined) return known;
  for (const text of [output ?? '', template]) {
    const found = /nginx|haproxy/i.exec(text)?.[0].toLowerCase();
    if (found === 'nginx' || found === 'haproxy') return found;
  }
  return 'none';
}

export function isDialect(name: string): name is Dialect {
  return (dialects as readonly string[]).includes(name);
}
