import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

// The pipe closes when this process ends, whatever ends it. The groups that are still listed then get SIGTERM and, a second later, SIGKILL.
const script = `
trap '' INT TERM HUP
groups=
while read -r action group; do
  case $action in
  add) groups="$groups $group" ;;
  drop)
    kept=
    for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
    groups=$kept
    ;;
  esac
done
[ -n "$groups" ] || exit 0
for each in $groups; do kill -TERM "-$each"; done
sleep 1
for each in $groups; do kill -KILL "-$each"; done
`;

let watcher: Writable | undefined;

/**
 * Starts the process that `endAfterKill` needs, if it does not run. It is a shell, it ends with this process, and it does not keep this process
 * alive. If it cannot start, a program of this process may outlive it.
 */
export function prepareToEndAfterKill(): void {
  if (watcher) return;
  // Its own group: it must outlive a signal to the group of this process.
  const child = spawn('sh', ['-c', script], {
    ...{ cwd: '/', env: { PATH: process.env.PATH }, detached: true },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const { stdin } = child;
  watcher = stdin;
  const forget = (): void => {
    if (watcher === stdin) watcher = undefined;
  };
  child.once('error', forget).once('exit', forget).unref();
  stdin.on('error', forget);
  // A pipe to a child is a socket, which would keep this process alive.
  (stdin as Partial<{ unref(): void }>).unref?.();
}

/**
 * Ends every process of a group soon after this process was killed (SIGKILL, out of memory), when it can end nothing itself. A process that
 * has left the group lives on. Call `prepareToEndAfterKill` before the group begins.
 *
 * @returns a function that ends this
 */
export function endAfterKill(group: number): () => void {
  const told = watcher;
  told?.write(`add ${group}\n`);
  return () => {
    if (watcher === told) told?.write(`drop ${group}\n`);
  };
}
