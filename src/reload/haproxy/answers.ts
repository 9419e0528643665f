import { parseAddress } from '../../model/address.js';

/** One HAProxy process. A restart and a reload make another one. */
export interface Worker {
  readonly pid: number;
  /** Whole seconds since the epoch, before the process has read its files. */
  readonly started: number;
}

/** What `show info` says. */
export interface ProcessInfo {
  readonly worker: Worker;
  readonly version: string;
  /** From 2.5 on, servers are added and removed without `experimental-mode`. */
  readonly canAdd: boolean;
}

/** A server of a running HAProxy. */
export interface RunningServer {
  readonly name: string;
  /** Canonical; undefined: it has none, or it is no IP address. */
  readonly address: string | undefined;
  readonly port: number;
  /** The name that HAProxy looks up for the address. */
  readonly hostName: string | undefined;
  readonly weight: number;
  /** In maintenance by a command or by `disabled`: it gets no connection. */
  readonly isInMaintenance: boolean;
  /** Draining by a command: it gets no new client. */
  readonly isDraining: boolean;
  /** HAProxy has a health check for it. */
  readonly isChecked: boolean;
  readonly usesTls: boolean;
}

/** The servers of backends by name, each with its servers by name. A backend that HAProxy does not have is not there. */
export type RunningBackends = Map<string, Map<string, RunningServer>>;

/** Reads the answer to `show info`. Undefined when it does not come from HAProxy. */
export function readInfo(answer: string): ProcessInfo | undefined {
  const values = new Map(
    answer.split('\n').flatMap((line) => {
      const [, key, value] = /^(\w+): (.*)$/.exec(line.trimEnd()) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})/.exec(values.get('Version') ?? '') ?? [];
  const [pid, started] = [Number(values.get('Pid')), Number(values.get('Start_time_sec'))];
  if (values.get('Name') !== 'HAProxy' || minor === undefined) return undefined;
  if (![pid, started].every((number) => Number.isSafeInteger(number) && number > 0)) return undefined;
  const number = Number(major) * 1000 + Number(minor);
  return { worker: { pid, started }, version: `${major}.${minor}`, canAdd: number >= 2005 };
}

/**
 * Reads the answer to `show servers state` into `backends`. (HAProxy management manual, "show servers state".)
 *
 * @returns false when the answer is not of this kind
 */
export function readServers(answer: string, backends: RunningBackends): boolean {
  const lines = answer.split('\n');
  const columns = lines[1]?.replace(/^# /, '').trim().split(' ') ?? [];
  const places = wanted.map((column) => columns.indexOf(column));
  if (lines[0]?.trim() !== '1' || places.includes(-1)) return false;
  for (const line of lines.slice(2)) {
    if (line.trim() === '') continue;
    const words = line.trim().split(' ');
    const [backend = '', name = '', ...rest] = places.map((place) => words[place] ?? '');
    const [address = '', admin, weight, check, host = '', port, tls] = rest;
    const numbers = [admin, weight, check, port, tls].map(Number);
    if (words.length < columns.length || numbers.some((number) => !Number.isSafeInteger(number))) return false;
    const [flags = 0, weightOf = 0, checkState = 0, portOf = 0, tlsOf = 0] = numbers;
    let servers = backends.get(backend);
    if (!servers) backends.set(backend, (servers = new Map<string, RunningServer>()));
    const parsed = parseAddress(address);
    servers.set(name, {
      name,
      address: parsed && parsed.family !== 'name' ? parsed.address : undefined,
      port: portOf,
      hostName: host === '-' ? undefined : host.toLowerCase(),
      weight: weightOf,
      isInMaintenance: (flags & forcedMaintenance) !== 0,
      isDraining: (flags & forcedDrain) !== 0,
      isChecked: (checkState & checkConfigured) !== 0,
      usesTls: tlsOf !== 0,
    });
  }
  return true;
}

const wanted = [
  'be_name',
  'srv_name',
  'srv_addr',
  'srv_admin_state',
  'srv_uweight',
  'srv_check_state',
  'srv_fqdn',
  'srv_port',
  'srv_use_ssl',
];

// SRV_ADMF_FMAINT and SRV_ADMF_FDRAIN of `srv_admin_state`, CHK_ST_CONFIGURED of `srv_check_state`.
const [forcedMaintenance, forcedDrain, checkConfigured] = [0x01, 0x08, 0x02];
