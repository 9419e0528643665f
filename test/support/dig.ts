import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface DigOptions {
  readonly port: number;
  readonly name: string;
  readonly type: string;
  /** Default: UDP, without a second question over TCP when the answer is cut. */
  readonly tcp?: boolean;
}

/** The answer of a name server. */
export interface Answer {
  /** `NOERROR`, `NXDOMAIN`, `REFUSED` …; '' when there was no answer. */
  readonly status: string;
  /** The answer was too long for UDP. */
  readonly isCut: boolean;
  /** The data of the records of the type that was asked for, sorted. */
  readonly data: readonly string[];
  readonly ttls: readonly number[];
}

/** Asks 127.0.0.1 with the program `dig`, with a buffer of 1232 octets. */
export async function dig({ port, name, type, tcp = false }: DigOptions): Promise<Answer> {
  const flags = ['+noall', '+comments', '+answer', '+time=2', '+tries=1', '+bufsize=1232', '+norecurse', '+nocookie'];
  const args = ['@127.0.0.1', '-p', String(port), ...flags, tcp ? '+tcp' : '+ignore', name, type];
  const { stdout } = await promisify(execFile)('dig', args, { maxBuffer: 1 << 24 }).catch((error: unknown) => ({
    stdout: (error as { stdout?: string }).stdout ?? '',
  }));
  const lines = stdout.split('\n').flatMap((line) => {
    const [, ttl, found, data] = /^[^;\s]\S*\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return found === type && data !== undefined ? [{ ttl: Number(ttl), data }] : [];
  });
  return {
    status: /status: ([A-Z]+)/.exec(stdout)?.[1] ?? '',
    isCut: /flags:[^;]* tc[ ;]/.test(stdout),
    data: lines.map(({ data }) => data).sort(),
    ttls: [...new Set(lines.map(({ ttl }) => ttl))],
  };
}
