import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../model/errors.js';
import { makeDirectory } from '../filesystem/make-directory.js';
import { createCommandProbe } from '../probe/command.js';
import type { ProbeResult } from '../probe/probe.js';
import { isolate, outputOf } from '../process/isolate.js';
import { mountPointsIn } from '../process/mount-points.js';
import { readMountInfo } from '../process/proc.js';
import type { ProcessRequest } from '../process/process.js';
import type { PlacedFile } from '../ports/check.js';
import type { Clock } from '../ports/runtime.js';
import { prepareLayers, removeLayers } from './layers.js';

/** Milliseconds for each file, and each directory, to come to its place, beside the timeout of the program. */
const perFile = 5;
const perDirectory = 200;

/** The result of a program that saw its files, or why it did not run. */
export type IsolatedResult = ProbeResult | { readonly kind: 'impossible'; readonly reason: string };

/** Files, and the directories that they are in. */
export interface IsolatedFiles {
  readonly files: readonly PlacedFile[];
  readonly directories: readonly string[];
}

export interface Isolator {
  /**
   * Runs a program that alone sees `files` at their destinations, as `isolate` describes. The system must allow mount namespaces: Linux, with
   * the programs of util-linux, for root or with user namespaces.
   *
   * @param timeout milliseconds for the program
   * @throws the reason of `signal` when that aborts; nothing else
   */
  attempt(files: IsolatedFiles, timeout: number, signal: AbortSignal): Promise<IsolatedResult>;
}

/** @param scratch absolute path of the target's private directory */
export function createIsolator(request: Omit<ProcessRequest, 'timeout'>, scratch: string, clock: Clock): Isolator {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  const [base, prepared] = [join(scratch, 'isolated'), join(scratch, 'isolated.layers')];
  return {
    async attempt({ files, directories }, timeout, signal) {
      if (process.platform !== 'linux' || uid === undefined || gid === undefined) return impossible('it is not Linux');
      const token = randomBytes(16).toString('hex');
      try {
        const mountPoints = mountPointsIn(readMountInfo());
        const places = { directories, mountPoints, token, prepared, base, cwd: request.cwd };
        const isolation = isolate(files, { ...places, uid, gid });
        if (!isolation) return impossible('a path holds a line break');
        await makeDirectory(base, 0o700);
        await prepareLayers(prepared, isolation, token);
        const probe = createCommandProbe({ ...request, argv: [...isolation.argv, ...request.argv] }, clock);
        const forFiles = files.length * perFile + directories.length * perDirectory;
        return read(token, await probe.attempt(timeout + forFiles, signal));
      } catch (error) {
        signal.throwIfAborted();
        return impossible(messageOf(error));
      } finally {
        removeIfPossible(prepared);
      }
    },
  };
}

function read(token: string, result: ProbeResult): IsolatedResult {
  const output = outputOf(token, result.output);
  if (output === undefined) return impossible(result.output || result.finding);
  // The exit codes of a shell that cannot start a program.
  const isStarted = !/^exited with 12[67]$/.test(result.finding);
  return isStarted ? { ...result, output } : { kind: 'unanswered', finding: 'did not start', output };
}

/** The next attempt removes it too, and reports what keeps it from that. */
function removeIfPossible(prepared: string): void {
  try {
    removeLayers(prepared);
  } catch {
    return;
  }
}

const impossible = (reason: string): IsolatedResult => ({ kind: 'impossible', reason });
