import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBind, type Bind } from './bind.js';
import { freePort } from './ports.js';

const run = promisify(execFile);

/** A BIND with zones that a TSIG key may update and transfer. */
export interface DynamicBind {
  readonly bind: Bind;
  /** `127.0.0.1:PORT`. */
  readonly server: string;
  /** Path of the key. */
  readonly keyFile: string;
  /** Makes an empty zone with a SOA and an NS record. Default: the key may update and transfer it. */
  addZone(zone: string, access?: string): Promise<void>;
  /** Runs nsupdate with the key. Lines such as `update add NAME 30 A 192.0.2.1`. */
  nsupdate(zone: string, lines: readonly string[], keyFile?: string): Promise<void>;
  /** All records but SOA, the apex NS and the records that sign the zone: `TTL DATA` by `NAME TYPE`, sorted. As dig shows them. */
  records(zone: string): Promise<Map<string, string>>;
  serial(zone: string): Promise<number>;
}

/** Writes a key for named and nsupdate. */
export async function writeKey(path: string, name: string, secret: string): Promise<string> {
  const text = `key "${name}" {\n\talgorithm hmac-sha256;\n\tsecret "${Buffer.from(secret).toString('base64')}";\n};\n`;
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** @param port default: a free one */
export async function startDynamicBind(port?: number): Promise<DynamicBind> {
  const at = port ?? (await freePort());
  const key = `key "updates" { algorithm hmac-sha256; secret "${Buffer.from('the right secret').toString('base64')}"; };`;
  const bind = await startBind({
    port: at,
    options: '  allow-new-zones yes; max-records-per-type 0; minimal-any no;',
    conf: () => key,
  });
  const keyFile = await writeKey(join(bind.dir, 'updates.key'), 'updates', 'the right secret');
  const dig = async (args: readonly string[]): Promise<string> => {
    const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(at), '-k', keyFile, '+tcp', ...args], {
      maxBuffer: 1 << 26,
    });
    return stdout;
  };
  return {
    bind,
    server: `127.0.0.1:${at}`,
    keyFile,
    async addZone(zone, access = 'allow-update { key updates; }; allow-transfer { key updates; };') {
      const file = join(bind.dir, 'work', zone);
      await writeFile(
        file,
        `$TTL 30\n@ SOA ns1.example.com. hostmaster.example.com. 1 300 30 604800 5\n@ NS ns1.example.com.\n`,
      );
      const [rndc, ...args] = bind.rndc;
      await run(rndc, [...args, 'addzone', zone, `{ type primary; file "${file}"; ${access} };`]);
    },
    async nsupdate(zone, lines, itsKey = keyFile) {
      const child = run('nsupdate', ['-k', itsKey]);
      child.child.stdin?.end(`server 127.0.0.1 ${at}\nzone ${zone}\n${lines.join('\n')}\nsend\n`);
      await child;
    },
    async records(zone) {
      const found = new Map<string, string[]>();
      for (const line of (await dig(['+noall', '+answer', '+nocrypto', 'axfr', zone])).split('\n')) {
        const [, name = '', ttl, type = '', data] = /^(\S+)\.\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? [];
        if (data === undefined || type === 'SOA' || (type === 'NS' && name === zone)) continue;
        const key = `${name} ${type}`;
        found.set(key, [...(found.get(key) ?? []), `${ttl} ${data}`]);
      }
      return new Map([...found].map(([name, lines]) => [name, lines.sort().join('\n')]));
    },
    async serial(zone) {
      return Number((await dig(['+short', zone, 'SOA'])).split(' ')[2]);
    },
  };
}
