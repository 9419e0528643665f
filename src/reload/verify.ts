import { RollcallError, messageOf } from '../model/errors.js';
import type { Clock } from '../ports/runtime.js';
import { isTrustedUser, showPermissions, type Permissions } from '../filesystem/trust.js';
import { readPidFile } from './pid-file.js';
import { readProcessFacts, type ProcessFacts } from '../process/facts.js';

// File times and start times are rounded to ticks of up to 10 ms, and file servers keep their own clock.
const MARGIN_MS = 2000;
// The kernel cuts the name of a process to this length.
const COMM_LENGTH = 15;

export interface ExpectedProcess {
  /** Absolute path. */
  readonly pidFile: string;
  /** The program that the process must be: its process name or the file name of its executable. */
  readonly process?: string | undefined;
}

/**
 * Finds the process of a pid file, with proof that the file is about the process that runs now. With `process`, the proof is its name.
 * Without `process`, the proof is that the process is not younger than the file: a process runs before it writes its pid file, so a
 * younger process only got a recycled number.
 *
 * @throws RollcallError `PID_STALE` without that proof. `PID_UNTRUSTED` when the file is writable by its group or by all users, belongs
 *   to another user or can be replaced by one, names rollcall itself, or names pid 1 while `process` is undefined.
 */
export async function verifyProcess(
  expected: ExpectedProcess,
  clock: Clock,
): Promise<{ pid: number; facts: ProcessFacts }> {
  const { pidFile } = expected;
  const file = await readPidFile(pidFile, clock);
  const { pid } = file;
  const stale = (why: string): RollcallError => new RollcallError('PID_STALE', `pid file ${pidFile}: ${why}`);
  const untrusted = (why: string): RollcallError => new RollcallError('PID_UNTRUSTED', `pid file ${pidFile} ${why}`);

  if (pid === process.pid) throw untrusted('names rollcall itself');
  if (pid === 1 && expected.process === undefined)
    throw untrusted('names process 1, which runs the machine or container: name its program in `reload.process`');
  let facts: ProcessFacts | undefined;
  try {
    facts = readProcessFacts(pid);
  } catch (error) {
    throw stale(`process ${pid} cannot be looked at: ${messageOf(error)}`);
  }
  if (facts === undefined || facts.zombie) throw stale(`no process ${pid} runs`);
  if (![0, process.getuid?.(), facts.uid].includes(file.uid))
    throw untrusted(
      `belongs to user ${file.uid}, which is neither root, nor rollcall’s user, nor the user of process ${pid}`,
    );

  if (expected.process === undefined && file.directory && mayReplace(file.directory, facts.uid))
    throw untrusted(
      `can be replaced by other users, who may write in its directory (${showPermissions(file.directory)}): name the program in \`reload.process\`, or take write permission from them (chmod go-w)`,
    );

  if (expected.process !== undefined) {
    const { comm, executable } = facts;
    if (comm !== expected.process.slice(0, COMM_LENGTH) && executable !== expected.process)
      throw stale(`process ${pid} is ${comm}, not ${expected.process}`);
  } else {
    const startedAt = clock.wall() - facts.age;
    if (startedAt > file.writtenAt + MARGIN_MS)
      throw stale(
        `process ${pid} (${facts.comm}) is ${Math.round((startedAt - file.writtenAt) / 1000)} s younger than the file: its number was given to another process`,
      );
  }
  return { pid, facts };
}

/** Whether users other than root, rollcall's user and the user of the process may replace a pid file in this directory. */
function mayReplace({ uid, mode }: Permissions, user: number): boolean {
  if (!isTrustedUser(uid) && uid !== user) return true;
  return (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
}
