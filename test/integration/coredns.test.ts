import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/howto/coredns.md'), 'utf8');

/** The first fenced block of this language in docs/howto/coredns.md. */
function block(language: string): string {
  const text = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/howto/coredns.md has no ${language}`);
  return text;
}

describeWith('coredns', 'CoreDNS, set up as docs/howto/coredns.md says', (program) => {
  let etcd: EtcdServer;
  let coredns: ChildProcess;
  const resolver = new Resolver({ timeout: 500, tries: 1 });

  beforeAll(async () => {
    etcd = await startEtcd();
    const { etcd: _etcd, stateDir: _stateDir, ...config } = parse(block('yaml')) as Record<string, unknown>;
    const place = await createPlace(etcd, config);
    const corefile = block('text').replace('http://127.0.0.1:2379', etcd.endpoint).replace('{', '{\n bind 127.0.0.1\n');
    await writeFile(place.at('Corefile'), corefile);
    const port = await freePort();
    coredns = spawn(program, ['-conf', place.at('Corefile'), '-dns.port', String(port)], { stdio: 'ignore' });
    resolver.setServers([`127.0.0.1:${port}`]);
    await putKey(etcd, '/services/web/a', { host: '192.0.2.1', port: 8080, weight: 3 });
    startRollcall(['run', '-c', place.file]);
    await until(() => addresses('web'), { what: 'CoreDNS answers' });
  });

  afterAll(async () => {
    if (coredns.kill('SIGKILL')) await once(coredns, 'exit');
    await etcd.stop();
  });

  const addresses = async (name: string): Promise<string[]> =>
    (await resolver.resolve4(`${name}.svc.example.com`)).sort();
  const become = (name: string, ...wanted: string[]): Promise<unknown> =>
    until(async () => JSON.stringify(await addresses(name)) === JSON.stringify(wanted), { what: wanted.join(' ') });

  it('answers with an instance after its put, and no longer after its delete', async () => {
    expect(await addresses('web')).toEqual(['192.0.2.1']);
    await putKey(etcd, '/services/web/b', { host: '192.0.2.2', port: 8081 });
    await become('web', '192.0.2.1', '192.0.2.2');
    const ports = (await resolver.resolveSrv('web.svc.example.com')).map(({ port }) => port);
    expect(ports.sort()).toEqual([8080, 8081]);
    await deleteKey(etcd, '/services/web/a');
    await become('web', '192.0.2.2');
  });

  it('answers that there is no such name when the last instance has gone', async () => {
    await putKey(etcd, '/services/api/a', { host: '192.0.2.9', port: 80 });
    await become('api', '192.0.2.9');
    await deleteKey(etcd, '/services/api/a');
    const code = (): Promise<string | undefined> =>
      addresses('api').then(
        () => undefined,
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
    expect(await until(code, { what: 'no answer for api' })).toBe('ENOTFOUND');
  });

  it('leaves a draining instance out of new answers', async () => {
    await putKey(etcd, '/services/web/c', { host: '192.0.2.3', port: 80, status: 'draining' });
    await putKey(etcd, '/services/web/d', { host: '192.0.2.4', port: 80 });
    await become('web', '192.0.2.2', '192.0.2.4');
  });
});
