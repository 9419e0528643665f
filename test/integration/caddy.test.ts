import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { startBackend, type Backend } from '../support/backend.js';
import { describeWith } from '../support/binaries.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

describeWith('caddy', 'Caddy with the template caddy', (program) => {
  let etcd: EtcdServer;
  let place: Place;
  let caddy: ChildProcess;
  let running: Running;
  let port: number;
  const backends: Backend[] = [];

  beforeAll(async () => {
    etcd = await startEtcd();
    place = await createPlace(etcd, {});
    const [listen, admin] = [await freePort(), await freePort()];
    port = listen;
    const file = place.at('caddy.json');
    const env = { HOME: place.dir, XDG_DATA_HOME: place.at('data'), XDG_CONFIG_HOME: place.at('config') };
    await writeFile(file, JSON.stringify({ admin: { listen: `127.0.0.1:${admin}` } }));
    caddy = spawn(program, ['run', '--config', file], { env: { ...process.env, ...env }, stdio: 'ignore' });
    await until(async () => (await fetch(`http://127.0.0.1:${admin}/config/`)).ok, { what: 'Caddy' });
    await place.write({
      sources: [{ name: 'services', prefix: '/caddy/', format: 'json' }],
      vars: { domain: 'svc.example.com', listen: [`127.0.0.1:${listen}`], admin: `127.0.0.1:${admin}` },
      targets: [
        {
          name: 'caddy',
          expect: ['api'],
          guard: 'off',
          files: [{ path: file, template: 'caddy' }],
          check: [program, 'validate', '--config', '{staged}'],
          reload: {
            command: [program, 'reload', '--address', `127.0.0.1:${admin}`, '--config', file],
            minInterval: '10ms',
          },
        },
      ],
    });
    running = startRollcall(['run', '-c', place.file], { env });
  });

  afterAll(async () => {
    await running.end();
    if (caddy.kill('SIGKILL')) await once(caddy, 'exit');
    for (const backend of backends) await backend.stop();
    await etcd.stop();
  });

  const ask = (host: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, headers: { host } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      sent.on('error', reject);
      sent.end();
    });

  it('sends the requests for a host name to the instances of its service', async () => {
    const backend = await startBackend('one');
    backends.push(backend);
    await putKey(etcd, '/caddy/web/1', { address: '127.0.0.1', port: backend.port });
    await until(async () => (await ask('web.svc.example.com')).body.includes('one'), { what: 'the answer of web' });
    expect((await ask('api.svc.example.com')).status).toBe(503);
    await deleteKey(etcd, '/caddy/web/1');
    await until(async () => (await ask('web.svc.example.com')).body === '', { what: 'web without a route' });
  });

  it('accepts a file with odd neighbours, and rollcall keeps it in step', async () => {
    for (const name of ['a b', '{env.HOME}', '*', 'WEB', 'x"y'])
      await putKey(etcd, `/caddy/${name}/1`, { address: '127.0.0.1', port: 9 });
    await putKey(etcd, '/caddy/six/1', { address: '::1', port: 9 });
    await until(async () => (await readFile(join(place.dir, 'caddy.json'), 'utf8')).includes('six.svc'), {
      what: 'six',
    });
    await until(async () => (await ask('six.svc.example.com')).status === 502, { what: 'Caddy with the route of six' });
    await running.end();
    expect((await rollcall(['diff', '-c', place.file])).code).toBe(0);
  });
});
