import ipaddr from 'ipaddr.js';
import {
  listPids,
  readExecutable,
  readListeners,
  readSockets,
  readStat,
  type Listener,
  type ProcessStat,
} from './proc.js';

/**
 * Whose the listener on a port is. `own`: a child's or one of its processes'. `other`: another process's. `ended`: the child has ended,
 * so whatever listens there is not its. `unknown`: this system or this user cannot tell, or the connection does not end at a listener
 * that the child could have.
 */
export type PortOwner = 'own' | 'other' | 'ended' | 'unknown';

/** Tells whether a child, or a process that it started, accepts connections at an address. */
export interface PortWatch {
  /** @param child pid of a child of this process that was started after the watch and has not been reaped */
  ownerFor(child: number): PortOwner;
}

/** Programs that accept connections for a container that the child has started through its engine. They are not its descendants. */
const forwarders: ReadonlySet<string> = new Set([
  'docker-proxy',
  'rootlessport',
  'rootlesskit',
  'conmon',
  'slirp4netns',
  'pasta',
  'gvproxy',
]);

/**
 * Begins to watch a port, before the child starts: a listener that is there already is the child's only if the child has got the socket
 * (socket activation).
 *
 * A child's processes are its descendants, and later processes that have lost their parent, as a server that goes into the background
 * becomes. Their file descriptors decide. If this user may not read them, as those of a program that runs as another user, the owner is
 * unknown.
 *
 * @param address an IP literal without brackets. A host name: any address counts.
 */
export function watchPort({ address, port }: { readonly address: string; readonly port: number }): PortWatch {
  const accepts = acceptingAt(address);
  const inodesFor = (pid: number): string[] =>
    readListeners(pid)
      .filter((listener) => listener.port === port && accepts(listener))
      .map(({ inode }) => inode);
  /** Sockets that were there before the child, and those that were found to be of no use to it. */
  const others = new Set(tryRead(() => inodesFor(process.pid)) ?? []);

  return {
    ownerFor(child) {
      // It throws where there is no /proc, and when the child ends meanwhile.
      const owner = tryRead(() => decide(child, inodesFor(child), others)) ?? 'unknown';
      // The sockets of a dead child are closed before this process learns of its end. So ask last whether it lives.
      return hasEnded(child) ? 'ended' : owner;
    },
  };
}

function decide(child: number, inodes: readonly string[], others: Set<string>): PortOwner {
  if (inodes.length === 0) return 'unknown';
  const owns = (pid: number): boolean | undefined => {
    const sockets = socketsOf(pid);
    return sockets === 'hidden' ? undefined : inodes.some((inode) => sockets.has(inode));
  };
  if (owns(child) === true) return 'own';
  const stats = readStats();
  const descendants = descendantsOf(child, stats);
  const found = [...descendants].map(owns);
  if (found.includes(true)) return 'own';
  if (strayFrom(child, descendants, stats).some((pid) => owns(pid) === true)) return 'own';
  if (found.includes(undefined)) return 'unknown';
  if (inodes.every((inode) => others.has(inode))) return 'other';
  const owners = [...stats.keys()].filter((pid) => owns(pid) === true);
  // A process of another user, such as the engine of a container, or a program that such an engine has started.
  if (owners.length === 0 || owners.some((pid) => forwarders.has(readExecutable(pid)))) return 'unknown';
  for (const inode of inodes) others.add(inode);
  return 'other';
}

/** Whether a child is dead, even if this process has not been told yet. False where there is no /proc. */
function hasEnded(child: number): boolean {
  if (tryRead(() => readStat(process.pid)) === undefined) return false;
  return tryRead(() => readStat(child))?.zombie ?? true;
}

/** The socket inodes of a process: none when it has ended, `hidden` when this user may not read them. */
function socketsOf(pid: number): ReadonlySet<string> | 'hidden' {
  try {
    return readSockets(pid);
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '') ? new Set() : 'hidden';
  }
}

/** Whether a listener takes connections to this address: it is bound to the address, or to all addresses. */
function acceptingAt(address: string): (listener: Listener) => boolean {
  if (!ipaddr.isValid(address)) return () => true;
  const hex = Buffer.from(ipaddr.parse(address).toByteArray()).toString('hex').toUpperCase();
  // A socket for IPv6 takes connections to IPv4 addresses too, unless it refuses to. It shows them as ::ffff:a.b.c.d.
  const bound = hex.length === 8 ? [hex, `${'0'.repeat(20)}FFFF${hex}`] : [hex];
  return (listener) => /^0+$/.test(listener.address) || bound.includes(listener.address);
}

function readStats(): ReadonlyMap<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const pid of listPids()) {
    const stat = tryRead(() => readStat(pid));
    if (stat !== undefined) stats.set(pid, stat);
  }
  return stats;
}

/** The child and all processes below it. */
function descendantsOf(child: number, stats: ReadonlyMap<number, ProcessStat>): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of stats) {
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [pid]);
    else known.push(pid);
  }
  const all = new Set([child]);
  // The loop also goes through the pids that it adds.
  for (const pid of all) for (const next of children.get(pid) ?? []) all.add(next);
  return all;
}

/**
 * Processes that started after the child and lost their parent: now they have process 1, this process, or a subreaper as parent. Below a
 * subreaper, only those of this process's group count.
 */
function strayFrom(
  child: number,
  descendants: ReadonlySet<number>,
  stats: ReadonlyMap<number, ProcessStat>,
): readonly number[] {
  const group = stats.get(process.pid)?.group;
  const since = Number(stats.get(child)?.started ?? Infinity);
  return [...stats].flatMap(([pid, stat]) => {
    if (Number(stat.started) < since || pid === process.pid || descendants.has(pid)) return [];
    // A living parent in the same group has started this process itself.
    const inGroup = stat.group === group && stats.get(stat.parent)?.group !== group;
    return stat.parent === 1 || stat.parent === process.pid || inGroup ? [pid] : [];
  });
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
