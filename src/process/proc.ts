import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import { basename, join } from 'node:path';

// The only module that reads /proc/PID. It reads synchronously: procfs is memory, and a trip through the thread pool takes longer.

const PROC = '/proc';

/** USER_HZ, the unit of times in /proc, is 100 on every architecture that Node.js runs on. proc_pid_stat(5). */
const MS_PER_TICK = 10;

/** A process in /proc/PID/stat (proc_pid_stat(5)). */
export interface ProcessStat {
  /** Its name, at most 15 bytes. */
  readonly comm: string;
  /** It is dead, and its parent has yet to reap it. */
  readonly zombie: boolean;
  /** The pid of its parent. A process whose parent has ended gets another one: process 1, or a subreaper. */
  readonly parent: number;
  /** Id of its process group. */
  readonly group: number;
  /** Time of its start in ticks since boot: the text of field 22. */
  readonly started: string;
}

/** A process in /proc/PID/status (proc_pid_status(5)). Bit N - 1 of a mask is signal N. */
export interface ProcessStatus {
  /** Effective user id. */
  readonly uid: number;
  readonly caught: bigint;
  readonly ignored: bigint;
  readonly blocked: bigint;
  /** Sent, and not delivered yet: to the main thread or to the whole process. */
  readonly pending: bigint;
}

/** @throws the file system's error: ENOENT or ESRCH when there is no such process, or no /proc. */
export function readStat(pid: number): ProcessStat {
  const text = read(pid, 'stat');
  // The name may hold blanks and parentheses: fields are counted from the last one. Field 3 is the state, 4 the parent, 5 the
  // group, 22 the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    comm: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    started: fields[19] ?? '',
  };
}

/** @throws as `readStat` */
export function readStatus(pid: number): ProcessStatus {
  const text = read(pid, 'status');
  return {
    uid: Number(/^Uid:\s*\d+\s+(\d+)/m.exec(text)?.[1]),
    caught: maskOf(text, 'SigCgt'),
    ignored: maskOf(text, 'SigIgn'),
    blocked: maskOf(text, 'SigBlk') | awaitedBy(pid),
    pending: maskOf(text, 'SigPnd') | maskOf(text, 'ShdPnd'),
  };
}

/** The file name of the program that a process runs; '' when this user may not read it. */
export function readExecutable(pid: number): string {
  try {
    return basename(readlinkSync(join(PROC, String(pid), 'exe')).replace(/ \(deleted\)$/, ''));
  } catch {
    return '';
  }
}

/** The pids of all processes. @throws the file system's error where there is no /proc */
export function listPids(): number[] {
  return readdirSync(PROC).filter(isNumber).map(Number);
}

/** A TCP socket that accepts connections. */
export interface Listener {
  /** The bytes of its address in network order, as hexadecimal digits: 8 for IPv4, 32 for IPv6. */
  readonly address: string;
  readonly port: number;
  /** Identifies the socket: processes that share it have the same inode. */
  readonly inode: string;
}

/** The TCP listeners in the network namespace of a process: /proc/PID/net/tcp and tcp6 (proc_pid_net(5)). @throws as `readStat` */
export function readListeners(pid: number): Listener[] {
  return ['net/tcp', 'net/tcp6'].flatMap((file) =>
    // Without IPv6 there is no tcp6.
    (file === 'net/tcp6' && !existsSync(join(PROC, String(pid), file)) ? '' : read(pid, file))
      .split('\n')
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        const [address = '', port = ''] = local.split(':');
        return state === LISTEN ? [{ address: networkOrder(address), port: parseInt(port, 16), inode }] : [];
      }),
  );
}

/** The mounts that this process sees: /proc/self/mountinfo (proc_pid_mountinfo(5)). @throws the file system's error */
export function readMountInfo(): string {
  return readFileSync(join(PROC, 'self/mountinfo'), 'utf8');
}

/** The inodes of the sockets that a process has open. @throws as `readStat`; EACCES when this user may not read them */
export function readSockets(pid: number): Set<string> {
  const folder = join(PROC, String(pid), 'fd');
  const inodes = new Set<string>();
  for (const name of readdirSync(folder)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(join(folder, name)))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

/** Milliseconds since a process started. @throws the file system's error */
export function ageOf({ started }: ProcessStat): number {
  const uptime = Number(readFileSync(join(PROC, 'uptime'), 'latin1').split(' ')[0]) * 1000;
  return Math.max(uptime, monotonic()) - Number(started) * MS_PER_TICK;
}

/** /proc/sys/kernel/random/boot_id, which is different after each start of the machine; `''` where there is none. */
export function readBootId(): string {
  try {
    return readFileSync(join(PROC, 'sys/kernel/random/boot_id'), 'latin1').trim();
  } catch {
    return '';
  }
}

/** TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';

/** The kernel prints each 32-bit word of an address as a number in the byte order of the machine. */
function networkOrder(address: string): string {
  if (endianness() === 'BE') return address;
  return (address.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join('')).join('');
}

/** '' when the descriptor was closed in the meantime. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function read(pid: number, file: string): string {
  return readFileSync(join(PROC, String(pid), file), 'latin1');
}

function maskOf(status: string, name: string): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1] ?? '0'}`);
}

/**
 * The signals for which the main thread waits in sigwait(3), as the main thread of BIND does. During the wait the kernel does not report
 * them as blocked in that thread, but the other threads still have the mask that they inherited from it.
 */
function awaitedBy(pid: number): bigint {
  try {
    if (!read(pid, 'wchan').includes('sigtimedwait')) return 0n;
    const others = readdirSync(join(PROC, String(pid), 'task')).filter((id) => id !== String(pid));
    const masks = others.map((id) => maskOf(read(pid, join('task', id, 'status')), 'SigBlk'));
    return masks.reduce((all, mask) => all & mask, masks[0] ?? 0n);
  } catch {
    // This user may not read it, or a thread has ended. The signals are then unknown, and none counts as awaited.
    return 0n;
  }
}

// Under LXC, /proc/uptime is that of the container, but start times count from the start of the host. The monotonic clock is that of the
// host, but it stops during a suspend. Each of them can only be too small, so the greater one is right.
function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
