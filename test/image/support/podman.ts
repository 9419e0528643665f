import { execFile, execFileSync } from 'node:child_process';
import { afterAll, describe } from 'vitest';
import { hasImage, imageName, podmanCommand } from '../../../scripts/image/containers.mjs';
import { whyNoImage } from '../../../scripts/image/tools.mjs';

/** How a command of podman, or a container in the foreground, ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A container in the background. Removed after the test file at the latest. */
export interface Container {
  readonly name: string;
  /** Its process 1, by the pid of this machine. */
  pid(): Promise<number>;
  /** Both of its outputs so far. */
  log(): Promise<string>;
  exec(...argv: string[]): Promise<Ended>;
  send(signal: NodeJS.Signals): Promise<void>;
  /** SIGTERM, and SIGKILL after 20 seconds. @returns its exit code, and the milliseconds until it had ended */
  stop(): Promise<{ readonly code: number; readonly ms: number }>;
}

/** What the documentation recommends: nothing of the container can be written to but its volumes, and it may do nothing that a user may not. */
export const restricted = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
];

/**
 * `describe` for tests that run the image of `npm run image`. Without it, the suite is skipped with the reason.
 *
 * @throws Error when it is missing and `$CI` is set, unless images are not built on this system
 */
export function describeWithImage(title: string, body: () => void): void {
  const why = whyNoImage();
  const reason = why === undefined ? (hasImage(imageName) ? undefined : 'not built: run npm run image') : why.reason;
  if (reason === undefined) describe(title, body);
  else if (process.env.CI && why?.isExcused !== true) throw new Error(`no image: ${reason}`);
  else describe.skip(`${title} (no image: ${reason})`, body);
}

/** Runs podman until it ends. */
export function podman(...words: string[]): Promise<Ended> {
  const { program, args, env } = podmanCommand(words);
  return new Promise((resolve) => {
    execFile(program, args, { env, encoding: 'utf8', timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

/** The same for a command that must succeed. @returns its standard output, without the last newline */
export async function ask(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await podman(...words);
  if (code !== 0) throw new Error(`podman ${words.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Runs the image in the foreground, and removes the container. */
export function runImage(flags: readonly string[], ...words: string[]): Promise<Ended> {
  return podman('run', '--rm', '--network', 'none', ...flags, imageName, ...words);
}

const started = new Set<string>();

/** Starts a container from the flags, the image and the words of `podman run`. It ends after five minutes, also when the tests were killed. */
export async function startContainer(...words: string[]): Promise<Container> {
  const name = await ask('run', '--detach', '--timeout', '300', '--log-driver', 'k8s-file', ...words);
  started.add(name);
  const inspect = (field: string): Promise<string> => ask('inspect', '--format', `{{.State.${field}}}`, name);
  return {
    name,
    pid: async () => Number(await inspect('Pid')),
    async log() {
      const { stdout, stderr } = await podman('logs', name);
      return stdout + stderr;
    },
    exec: (...argv) => podman('exec', name, ...argv),
    async send(signal) {
      await ask('kill', '--signal', signal, name);
    },
    async stop() {
      const from = performance.now();
      await ask('stop', '--time', '20', name);
      const ms = performance.now() - from;
      return { code: Number(await inspect('ExitCode')), ms };
    },
  };
}

// One after the other: the first one has the network of the others.
afterAll(() => {
  for (const name of [...started].reverse()) {
    const { program, args, env } = podmanCommand(['rm', '--force', '--volumes', '--time', '0', name]);
    execFileSync(program, [...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
});
