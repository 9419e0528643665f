import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { privateBase } from '../../scripts/private-base.mjs';
import { atEnd } from './at-end.js';

/** A separate file system that is small enough to fill. */
export interface Disk {
  /** Fills it until no more can be written. */
  fill(): Promise<void>;
  empty(): Promise<void>;
  setWritable(writable: boolean): void;
  unmount(): void;
}

const mounted = new Set<string>();

/** A file system of 64 kB in memory, mounted on the directory, which is created if it is missing. Unmounted after the test file at the latest. */
export function mountDisk(folder: string, mode = '0755'): Disk {
  mkdirSync(folder, { recursive: true });
  mount(folder, mode);
  const filler = join(folder, 'filler');
  return {
    async fill() {
      const block = Buffer.alloc(4096, 'x');
      for (;;) {
        try {
          await appendFile(filler, block);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
          throw error;
        }
      }
    },
    empty: () => rm(filler),
    setWritable(writable) {
      run('mount', '-o', `remount,${writable ? 'rw' : 'ro'}`, folder);
    },
    unmount() {
      unmount(folder);
    },
  };
}

/**
 * `describe` for tests that mount file systems, which only root can do. For other users, the suite is skipped by name.
 *
 * @throws Error when root may not mount and `$CI` is set: on CI, no test may be skipped
 */
export function describeWithDisk(title: string, body: () => void): void {
  const reason = whyNot();
  if (reason === undefined) describe(title, body);
  else describe.skip(`${title} (${reason})`, body);
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount a file system';
  const folder = mkdtempSync(join(privateBase(), 'rollcall-disk-'));
  try {
    mount(folder, '0700');
    unmount(folder);
    return undefined;
  } catch (error) {
    const reason = `root may not mount a tmpfs here: ${(error as Error).message.trim()}`;
    if (process.env.CI) throw new Error(reason, { cause: error });
    return reason;
  } finally {
    rmdirSync(folder);
  }
}

function mount(folder: string, mode: string): void {
  run('mount', '-t', 'tmpfs', '-o', `size=64k,mode=${mode}`, 'tmpfs', folder);
  mounted.add(folder);
}

function unmount(folder: string): void {
  // Unmount lazily: a process that still uses it must not block the tests.
  if (mounted.delete(folder)) run('umount', '-l', folder);
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}

atEnd(() => {
  for (const folder of mounted) unmount(folder);
});
