import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe } from 'vitest';

/**
 * Absolute path of a program, or undefined when it is not installed. `etcd` is the one that the system has,
 * `etcd-current` the one that scripts/build-etcd.mjs makes.
 */
export function binary(name: string): string | undefined {
  const places =
    name === 'etcd-current'
      ? [currentEtcd()]
      : [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'].map((dir) =>
          join(dir, name),
        );
  return places.find(isExecutable);
}

/**
 * The path of a program that the suite cannot do without. To be called while the file is collected, inside or outside
 * a `describe`. When it is missing: every test of that suite is skipped with the reason. A suite that uses it in
 * `beforeAll` takes `describeWith` instead.
 *
 * @throws Error when it is missing and `$CI` is set: there, nothing may be skipped.
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

/** `describe` for a suite that needs a program: skipped by name, hooks and all, when it is missing. */
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

function currentEtcd(): string {
  const pinned = readFileSync(join(import.meta.dirname, 'etcd-current', 'go.mod'), 'utf8');
  const version = /go\.etcd\.io\/etcd\/server\/v3 v(\S+)/.exec(pinned)?.[1] ?? 'unknown';
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rollcall', `etcd-current-${version}`);
}
