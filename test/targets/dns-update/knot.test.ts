import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../src/state/store.js';
import { dnsUpdateSchema } from '../../../src/targets/dns-update/schema.js';
import { createDnsUpdateTarget } from '../../../src/targets/dns-update/target.js';
import { pass, viewOf } from '../../contract/target.js';
import { describeWith } from '../../support/binaries.js';
import { realClock } from '../../support/clock.js';
import { dig } from '../../support/dig.js';
import { writeKey } from '../../support/dynamic-zone.js';
import { memoryLog } from '../../support/log.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { memoryDir, tempDir } from '../../support/temp.js';

const zone = 'svc.example.com';

describeWith('knotd', 'records in a real Knot', (program) => {
  let knot: ChildProcess;
  let port: number;
  let keyFile: string;

  beforeAll(async () => {
    const dir = await tempDir('rollcall-knot-');
    port = await freePort();
    keyFile = await writeKey(join(dir, 'updates.key'), 'updates', 'the right secret');
    await writeFile(
      join(dir, 'zone'),
      `$TTL 30\n@ SOA ns1.example.com. hostmaster.example.com. 1 300 30 604800 5\n@ NS ns1.example.com.\n`,
    );
    const conf = [
      `server:\n  rundir: "${dir}"\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1`,
      `control:\n  listen: "${join(dir, 'control')}"`,
      `database:\n  storage: "${dir}"`,
      `key:\n  - id: updates\n    algorithm: hmac-sha256\n    secret: ${Buffer.from('the right secret').toString('base64')}`,
      'acl:\n  - id: updates\n    key: updates\n    action: [transfer, update]',
      `zone:\n  - domain: ${zone}\n    file: "${join(dir, 'zone')}"\n    zonefile-sync: -1\n    acl: updates`,
    ];
    await writeFile(join(dir, 'knot.conf'), `${conf.join('\n')}\n`);
    knot = spawn(program, ['-c', join(dir, 'knot.conf')], { stdio: 'ignore' });
    await until(async () => (await dig({ port, name: zone, type: 'SOA' })).data.length > 0, { what: 'Knot' });
  });

  afterAll(async () => {
    if (knot.kill('SIGKILL')) await once(knot, 'exit');
  });

  it.each([true, false])('follow the view, with transfers: %s', async (transfer) => {
    const log = memoryLog();
    const store = await openStore(await memoryDir(), { log });
    const journal = await store.journal('dns');
    const options = dnsUpdateSchema.parse({
      ...{ server: `127.0.0.1:${port}`, zone, owner: `knot-${String(transfer)}`, tsigKeyFile: keyFile, transfer },
    });
    const target = createDnsUpdateTarget(options, { target: 'dns', journal, log, clock: realClock });
    const answer = async (name: string, type: string): Promise<readonly string[]> =>
      (await dig({ port, name: `${name}.${zone}`, type, tcp: true })).data;
    await pass(target, viewOf({ api: [1], web: Array.from({ length: 300 }, (_, n) => 8000 + n) }));
    expect(await answer('_web._tcp.web', 'SRV')).toHaveLength(300);
    await pass(target, viewOf({ web: [8000, 9000] }));
    expect(await answer('_web._tcp.web', 'SRV')).toEqual([`0 1 8000 8000.web.${zone}.`, `0 1 9000 9000.web.${zone}.`]);
    expect(await answer('api', 'A')).toEqual([]);
    expect((await pass(target, viewOf({ web: [8000, 9000] }))).changes).toBe(0);
    await pass(target, viewOf({}));
    expect(await answer('web', 'A')).toEqual([]);
    expect(await answer('_rollcall.web', 'TXT')).toEqual([]);
    await store.close();
  });
});
