import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeNamespace } from '../contract/objects-world.js';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';

let plane: ControlPlane;
let place: Place;
let namespace: string;
let running: Running;
const canary = 'canary-7f3a91';
const encoded = Buffer.from(canary).toString('base64').replace(/=+$/, '');

async function read(plural: string, name: string, key: string): Promise<string | undefined> {
  const { body } = await plane.api('GET', `/api/v1/namespaces/${namespace}/${plural}/${name}`);
  const text = (body as { data?: Record<string, string> }).data?.[key];
  return plural === 'secrets' && text !== undefined ? Buffer.from(text, 'base64').toString() : text;
}
const list = (): Promise<string | undefined> => read('configmaps', 'upstreams', 'list.txt');
const shows = (text: string, deadline = 20_000): Promise<unknown> =>
  until(async () => (await list().catch(() => undefined)) === text, { what: JSON.stringify(text), deadline });

/** All files below a directory, as one text. */
async function textIn(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

beforeAll(async () => {
  plane = await startControlPlane();
  namespace = await makeNamespace(plane);
  await putKey(plane.etcd, '/services/web/1', '192.0.2.1:8001');
  await putKey(plane.etcd, '/settings/password', canary);
  place = await createPlace(plane.etcd, {
    kubernetes: { kubeconfig: plane.kubeconfig, namespace },
    sources: [
      { name: 'services', prefix: '/services/', format: 'plain' },
      { name: 'settings', prefix: '/settings/', format: 'raw', secret: true },
    ],
    targets: [
      {
        name: 'list',
        sources: ['services'],
        configMap: { name: 'upstreams', data: { 'list.txt': { template: './list.hbs', dialect: 'none' } } },
      },
      {
        name: 'vault',
        sources: ['settings'],
        secret: { name: 'settings', data: { password: { template: './secret.hbs', dialect: 'none' } } },
      },
    ],
  });
  await writeFile(place.at('list.hbs'), '{{#each services}}{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}');
  await writeFile(place.at('secret.hbs'), '{{#each kv.pairs}}{{value}}{{/each}}');
  const diff = await rollcall(['diff', '-c', place.file]);
  expect(diff.stdout).toContain(`create configmap/${namespace}/upstreams/list.txt`);
  expect(diff.stdout).toContain(`create secret/${namespace}/settings/password (secret, ${canary.length} bytes)`);
  expect(diff.stdout + diff.stderr).not.toContain(canary);
  running = startRollcall(['run', '-c', place.file, '--log-level', 'debug']);
  await shows('web 8001\n');
}, 120_000);

describe('rollcall run', () => {
  it('brings a registration into a ConfigMap within a second', async () => {
    const times: number[] = [];
    for (const port of [8002, 8003, 8004, 8005, 8006]) {
      const start = performance.now();
      await putKey(plane.etcd, '/services/web/1', `192.0.2.1:${port}`);
      await shows(`web ${port}\n`);
      times.push(performance.now() - start);
    }
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  it('leaves no value of a Secret in its state, its log and its differences', async () => {
    await until(async () => (await read('secrets', 'settings', 'password')) === canary, { what: 'the Secret' });
    await putKey(plane.etcd, '/settings/password', `${canary}-2`);
    await until(async () => (await read('secrets', 'settings', 'password')) === `${canary}-2`, { what: 'the change' });
    const diff = await rollcall(['diff', '-c', place.file]);
    const log = running.stderr();
    expect(log).toContain('vault');
    for (const text of [await textIn(place.at('state')), log, diff.stdout, diff.stderr]) {
      expect(text).not.toContain(canary);
      expect(text).not.toContain(encoded);
    }
  });

  it.each(['killed', 'frozen'])('writes what was pending after the API server was %s', async (how) => {
    await (how === 'killed' ? plane.kill() : plane.pause());
    await putKey(plane.etcd, '/services/web/1', '192.0.2.1:8100');
    // A frozen server is noticed only after several deadlines. Until then, the request hangs.
    if (how === 'killed')
      await running.line(({ code }) => code === 'KUBE_UNREACHABLE' || code === 'UNDO_FAILED', 'a failure');
    await putKey(plane.etcd, '/services/web/1', `192.0.2.1:81${how.length}1`);
    if (how === 'killed') await plane.start();
    else plane.resume();
    await shows(`web 81${how.length}1\n`, 60_000);
  });

  it('removes the old object when the config names another, and ends', async () => {
    const config = (await readFile(place.file, 'utf8')).replace('name: upstreams', 'name: renamed');
    await writeFile(place.file, config);
    await until(async () => (await read('configmaps', 'renamed', 'list.txt')) !== undefined, {
      what: 'the new object',
    });
    await until(async () => (await list()) === undefined, { what: 'the end of the old one' });
    expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
  });
});
