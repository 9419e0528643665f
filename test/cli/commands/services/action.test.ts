import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWith } from '../../../support/binaries.js';
import { environment, main, rollcall } from '../../../support/command.js';
import { createPlace, type Place } from '../../../support/config.js';
import { addUser, enableAuth, startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { putKey } from '../../../support/keys.js';
import { freePort } from '../../../support/ports.js';

const targets = [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }];

describeWith('etcd', 'rollcall services', () => {
  let etcd: EtcdServer;
  let place: Place;
  beforeAll(async () => {
    etcd = await startEtcd();
    place = await createPlace(etcd, { sources: [{ name: 'services', prefix: '/services/', format: 'json' }], targets });
    const web = {
      address: '192.0.2.1',
      port: 80,
      tags: ['public', 'eu'],
      zone: 'a',
      metadata: { note: 'a b' },
    };
    await putKey(etcd, '/services/web/1', web);
    await putKey(etcd, '/services/web/2', { address: '2001:db8::1', port: 81, status: 'draining' });
    await putKey(etcd, '/services/api/1', { address: '192.0.2.3', port: 82, weight: 5 });
    await putKey(etcd, '/services/api/2', { address: '0.0.0.0', port: 82 });
  });
  const services = (...args: string[]) => rollcall(['services', '-c', place.file, ...args]);
  const shell = (line: string) =>
    promisify(execFile)('bash', ['-c', line], { env: environment(), maxBuffer: 1 << 26 }).catch(
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );

  it('shows a table, and the number of rejected registrations', async () => {
    const { code, stdout, stderr } = await services();
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'SERVICE  ADDRESS           STATUS    WEIGHT  ID  TAGS',
        'api      192.0.2.3:82      passing   5       1',
        'web      192.0.2.1:80      passing   1       1   eu,public',
        'web      [2001:db8::1]:81  draining  1       2',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe(
      '3 registrations have no lease and stay when their registrants die (-o wide marks them)\n1 rejected (-o wide shows them)\n',
    );
  });

  it('shows every field with -o wide, and the rejected registrations with code and reason', async () => {
    const { code, stdout, stderr } = await services('-o', 'wide');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^web +192\.0\.2\.1:80 .* a .* services +\/services\/web\/1 +none +eu,public +note=a b$/m);
    expect(stderr).toMatch(
      /^3 registrations have no lease.*\n1 rejected:\n {2}"\/services\/api\/2" {2}wildcard-address: .*\n$/,
    );
  });

  it('shows one service only, by name', async () => {
    const { code, stdout } = await services('api');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('shows the same as JSON and as YAML', async () => {
    const [json, yaml] = await Promise.all([services('-o', 'json'), services('-o', 'yaml')]);
    const data = JSON.parse(json.stdout) as { instances: object[]; rejected: object[]; sources: object[] };
    expect(parse(yaml.stdout)).toEqual(data);
    expect(data.sources).toEqual([expect.objectContaining({ source: 'services', format: 'json', keys: 4 })]);
    expect(data.rejected).toEqual([expect.objectContaining({ key: '/services/api/2', code: 'wildcard-address' })]);
    expect(data.instances[1]).toMatchObject({ service: 'web', id: '1', zone: 'a', metadata: { note: 'a b' } });
    expect([json.stderr, yaml.stderr]).toEqual(['', '']);
  });

  it('exits 1 for an unknown service, and suggests the nearest name', async () => {
    const { code, stdout, stderr } = await services('wbe');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('rollcall: no instance of "wbe" is registered; did you mean web?\n');
    const json = await services('wbe', '-o', 'json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ instances: [] });
  });

  it('names the command that lists all services when no name is near', async () => {
    const { code, stderr } = await services('payments');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'rollcall: no instance of "payments" is registered\n  `rollcall services` lists all services.\n',
    );
  });

  it('says that a prefix is empty, as a mistyped one is', async () => {
    const empty = await createPlace(etcd, { sources: [{ name: 'services', prefix: '/service/' }], targets });
    const { code, stderr } = await rollcall(['services', '-c', empty.file]);
    expect(code).toBe(0);
    expect(stderr).toBe('no key begins with /service/\n');
  });

  it('exits 1 with the reason when etcd is down', async () => {
    const away = await createPlace(`http://127.0.0.1:${await freePort()}`, {
      sources: [{ name: 'services', prefix: '/services/' }],
      targets,
    });
    const { code, stdout, stderr } = await rollcall(['services', '--timeout', '2s', '-c', away.file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^rollcall: source services: not listed within 2000 ms: .* does not answer: connect ECONNREFUSED.*\n.*\(ETCD_UNREACHABLE\)\n$/,
    );
  });

  it('fails at once, not after the timeout, when etcd refuses the login or the prefix', async () => {
    const guarded = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await addUser(guarded, { name: 'reader', password: 'right', prefix: '/services/web/' });
    await enableAuth(guarded, 'root password');
    const away = await createPlace(guarded, { sources: [{ name: 'services', prefix: '/services/' }], targets });
    const ask = (password: string) =>
      rollcall(['services', '--timeout', '24h', '-c', away.file], {
        env: { ETCDCTL_USER: 'reader', ETCDCTL_PASSWORD: password },
      });
    expect(await ask('right')).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(
        /^rollcall: source services: cannot be listed: .*does not permit.*\n.*\(ETCD_DENIED\)\n$/,
      ) as string,
    });
    expect(await ask('wrong')).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(/^rollcall: source services: cannot be listed: .*\n.*\(ETCD_LOGIN\)\n$/) as string,
    });
    await guarded.stop();
  });

  it('fails at once for the store of a Kubernetes cluster', async () => {
    await putKey(etcd, '/registry/pods/default/a', 'k8s\u0000\n\u000b');
    const kube = await createPlace(etcd, { sources: [{ name: 'pods', prefix: '/registry/' }], targets });
    const { code, stderr } = await rollcall(['services', '--timeout', '60s', '-c', kube.file]);
    expect(code).toBe(1);
    expect(stderr).toContain('(NOT_A_REGISTRY)');
  });

  it('writes everything to a slow reader, and ends quietly when the reader closes the pipe', async () => {
    const many = await createPlace(etcd, { sources: [{ name: 'many', prefix: '/many/' }], targets });
    // In batches: all at once, some puts would find no free connection on a busy machine.
    for (let from = 0; from < 2000; from += 100) {
      const numbers = Array.from({ length: 100 }, (_, at) => from + at);
      await Promise.all(numbers.map((i) => putKey(etcd, `/many/web/instance-${i}`, `192.0.2.1:${i + 1}`)));
    }
    const command = `'${process.execPath}' '${main}' services -c '${many.file}' -o json`;
    const slow = await shell(`${command} | { sleep 0.5; cat; }`);
    expect((JSON.parse(slow.stdout) as { instances: object[] }).instances).toHaveLength(2000);
    const cut = await shell(`${command} | head -n 1; echo "exit \${PIPESTATUS[0]}"`);
    expect(cut).toMatchObject({ stdout: '{\nexit 0\n', stderr: '' });
    const full = await shell(`${command} > /dev/full`);
    expect(full).toMatchObject({ code: 1 });
    expect(full.stderr).toContain('ENOSPC');
  });
});
