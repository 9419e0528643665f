import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

const root = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

/** A command line that binds files over others for one program only, in a mount namespace of its own. */
export function withBound(files: Readonly<Record<string, string>>, argv: readonly string[]): string[] {
  const binds = Object.entries(files).map(([path, content]) => `mount --bind '${content}' '${path}'`);
  return ['unshare', ...root, '--mount', 'sh', '-c', [...binds, 'exec "$@"'].join(' && '), 'sh', ...argv];
}

/** `describe` for a suite that needs mount namespaces. If the machine forbids them, the suite is skipped by name; on CI, it fails. */
export function describeWithMounts(title: string, body: () => void): void {
  const [program = '', ...args] = withBound({ '/etc/hosts': '/etc/hosts' }, ['true']);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const forbidden = `no mount namespace can be made here: ${stderr}`;
  if (status === 0) describe(title, body);
  else if (process.env.CI) throw new Error(forbidden);
  else describe.skip(`${title} (${forbidden})`, body);
}
