import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../support/binaries.js';
import { environment, main, rollcall, startRollcall, type Running } from '../../../support/command.js';
import { createPlace, type Place } from '../../../support/config.js';
import { startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { deleteKey, putKey } from '../../../support/keys.js';
import { until } from '../../../support/poll.js';

const placeOf = (etcd: EtcdServer, prefix: string): Promise<Place> =>
  createPlace(etcd, {
    sources: [{ name: 'services', prefix, format: 'json' }],
    targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }],
  });

const web = (more: object = {}): object => ({ address: '192.0.2.1', port: 80, ...more });

async function putLeased(etcd: EtcdServer, key: string, value: object, seconds: number): Promise<void> {
  const { ID: lease } = await etcd.api('lease/grant', { TTL: String(seconds) });
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  await etcd.api('kv/put', { key: encode(key), value: encode(JSON.stringify(value)), lease });
}

/** The lines of standard output so far. */
const linesOf = (watching: Running): string[] => watching.stdout().split('\n').slice(0, -1);
const untilTold = (watching: Running, line: string): Promise<unknown> =>
  until(() => linesOf(watching).includes(line), {
    what: `${line}, linesOf so far: ${linesOf(watching).join('; ')}`,
    deadline: 20_000,
  });

describeWith('etcd', 'rollcall services --watch', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  it('writes the registered instances, then each change, one line each', async () => {
    const place = await placeOf(etcd, '/lines/');
    await putKey(etcd, '/lines/web/1', web({ weight: 5 }));
    const watching = startRollcall(['services', '--watch', '-c', place.file]);
    await until(() => linesOf(watching).length === 2, { deadline: 20_000 });
    expect(linesOf(watching)).toEqual([
      '+ web 192.0.2.1:80 passing',
      expect.stringMatching(/^= synced, services at revision \d+$/),
    ]);
    await putKey(etcd, '/lines/web/1', web({ weight: 10, status: 'draining' }));
    await untilTold(watching, '~ web 192.0.2.1:80 weight 5 -> 10, status passing -> draining');
    await putLeased(etcd, '/lines/api/1', web({ port: 81 }), 2);
    await untilTold(watching, '+ api 192.0.2.1:81 passing');
    await untilTold(watching, '- api 192.0.2.1:81 passing');
    await deleteKey(etcd, '/lines/web/1');
    await untilTold(watching, '- web 192.0.2.1:80 draining');
    expect(linesOf(watching)).toHaveLength(6);
    expect(await watching.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
  });

  it('reports the number of rejected registrations whenever it changes', async () => {
    const place = await placeOf(etcd, '/bad/');
    await putKey(etcd, '/bad/web/1', web());
    await putKey(etcd, '/bad/web/2', 'no JSON');
    const watching = startRollcall(['services', '--watch', '-c', place.file]);
    const said = (): string[] => watching.stderr().split('\n').slice(0, -1);
    await until(() => said().length === 1 && linesOf(watching).length === 2, { deadline: 20_000 });
    await putKey(etcd, '/bad/web/3', web({ port: 'x' }));
    await until(() => said().length === 2, { deadline: 20_000 });
    await deleteKey(etcd, '/bad/web/3');
    await deleteKey(etcd, '/bad/web/2');
    await until(() => said().includes('rollcall: no registration is rejected now'), { deadline: 20_000 });
    expect(said().slice(0, 2)).toEqual([
      'rollcall: 1 rejected (rollcall services -o wide shows them)',
      'rollcall: 2 rejected (rollcall services -o wide shows them)',
    ]);
    await watching.end();
  });

  it('writes the same as JSON, for one service when it is named', async () => {
    const place = await placeOf(etcd, '/json/');
    await putKey(etcd, '/json/web/1', web({ metadata: { note: 'x' } }));
    await putKey(etcd, '/json/api/1', web());
    const watching = startRollcall(['services', 'web', '--watch', '-o', 'json', '-c', place.file]);
    const events = (): Record<string, unknown>[] =>
      linesOf(watching).map((line) => JSON.parse(line) as Record<string, unknown>);
    await until(() => events().length === 2, { deadline: 20_000 });
    await putKey(etcd, '/json/api/1', web({ weight: 3 }));
    await putKey(etcd, '/json/web/1', web({ weight: 3 }));
    await until(() => events().length === 3, { deadline: 20_000 });
    const [added, synced, updated] = events();
    expect(added).toMatchObject({
      type: 'added',
      revision: expect.stringMatching(/^\d+$/) as string,
      instance: { service: 'web', id: '1' },
    });
    expect(synced).toEqual({ type: 'synced', revisions: { services: added?.revision } });
    expect(updated).toMatchObject({
      type: 'updated',
      fields: ['weight', 'metadata'],
      before: { weight: 1 },
      instance: { weight: 3 },
    });
    expect(BigInt(String(updated?.revision))).toBe(BigInt(String(added?.revision)) + 2n);
    expect((await watching.end()).code).toBe(0);
  });

  it('reports when etcd does not answer, and afterwards only the changes in between', async () => {
    const own = await startEtcd();
    const place = await placeOf(own, '/away/');
    await putKey(own, '/away/web/1', web());
    await putKey(own, '/away/web/2', web({ port: 81 }));
    const watching = startRollcall(['services', '--watch', '-o', 'json', '-c', place.file]);
    const lines = startRollcall(['services', '--watch', '-c', place.file]);
    const types = (): unknown[] => linesOf(watching).map((line) => (JSON.parse(line) as { type: unknown }).type);
    await until(() => types().includes('synced') && linesOf(lines).length === 3, { deadline: 20_000 });
    await own.kill();
    await until(() => types().includes('stale'), { deadline: 20_000 });
    const stale = JSON.parse(linesOf(watching)[3] ?? '') as Record<string, string>;
    expect(stale).toMatchObject({ source: 'services', code: 'ETCD_UNREACHABLE' });
    expect(Math.abs(Date.now() - Date.parse(stale.since ?? ''))).toBeLessThan(600_000);
    await until(() => /^rollcall: source services: may be out of date since \d{4}-.*: /m.test(lines.stderr()));
    await own.start();
    await deleteKey(own, '/away/web/2');
    await until(() => types().includes('removed') && types().includes('live'), { deadline: 30_000 });
    await until(() => linesOf(lines).includes('- web 192.0.2.1:81 passing'), { deadline: 20_000 });
    expect(types().filter((type) => type === 'added')).toHaveLength(2);
    expect(types().filter((type) => type === 'synced')).toHaveLength(1);
    await until(() => lines.stderr().includes('rollcall: source services: up to date again\n'));
    await Promise.all([watching.end(), lines.end()]);
    await own.stop();
  });

  it('refuses -o yaml and --timeout', async () => {
    const yaml = await rollcall(['services', '--watch', '-o', 'yaml', '-c', 'none']);
    expect(yaml).toMatchObject({ code: 2, stderr: expect.stringContaining("'table', 'wide' or 'json'") as string });
    const timed = await rollcall(['services', '--watch', '--timeout', '1s']);
    expect(timed).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') as string });
  });

  describeWith('script', 'on a terminal', (script) => {
    const ends: (() => void)[] = [];
    afterEach(() => {
      for (const end of ends.splice(0)) end();
    });

    it('redraws a table in place, and leaves it there at Ctrl-C', async () => {
      const place = await placeOf(etcd, '/table/');
      await putKey(etcd, '/table/web/1', web());
      // ^C reaches the shell too, and some shells end by it. The trap keeps the shell alive, so that it prints the exit code.
      const command = `trap : INT; stty cols 60 rows 6; '${process.execPath}' '${main}' services --watch -c '${place.file}'; echo "exit $?"`;
      const env = environment({ TERM: 'xterm', NO_COLOR: '1' });
      const child = spawn(script, ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
      ends.push(() => child.kill('SIGKILL'));
      let seen = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
      const shows = (words: string): Promise<unknown> =>
        until(() => pictures(seen).at(-1)?.includes(words), {
          what: `${words} in ${JSON.stringify(seen)}`,
          deadline: 20_000,
        });
      await shows('services at revision');
      await shows('web      192.0.2.1:80  passing  1       1');
      await putKey(etcd, '/table/web/1', web({ weight: 7 }));
      await shows('web      192.0.2.1:80  passing  7       1');
      for (const id of ['2', '3', '4', '5']) await putKey(etcd, `/table/web/${id}`, web({ port: Number(id) }));
      await shows('… and 3 more');
      expect(pictures(seen).at(-1)?.trimEnd().split('\n')).toHaveLength(5);
      // ^C on a terminal: a signal to the foreground process group.
      child.stdin.write('\u0003');
      await once(child, 'close');
      expect(seen).toMatch(/services at revision \d+\r\n(\^C)?exit 0\r\n$/);
      // The command changed no terminal mode that it would have to restore.
      expect(seen).not.toContain('\u001b[?');
    });
  });
});

/** The drawings of the table, one after the other. */
function pictures(seen: string): string[] {
  // eslint-disable-next-line no-control-regex
  return seen.replaceAll('\r\n', '\n').split(/\u001b\[\d+A\r\u001b\[J/);
}
