import { readdirSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { startEtcd } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { createProject, programsOf } from './page.js';

const root = join(import.meta.dirname, '../..');
const [, client = ''] = programsOf('js');
const programs = programsOf('js').filter((text) => text.includes("from 'etcd3'"));

describeWith('etcd', 'the examples of docs/library.md with etcd3', () => {
  it('show a registration of rollcall to etcd3, and one of etcd3 alone to rollcall', async () => {
    const etcd = await startEtcd();
    const [beside = '', alone = ''] = programs;
    const folder = await createProject(
      { 'beside.mjs': beside, 'alone.mjs': alone, 'client.mjs': client },
      etcd.endpoint,
    );
    await symlink(join(root, 'node_modules', 'etcd3'), join(folder, 'node_modules', 'etcd3'));
    const start = (name: string): Running => startRollcall([], { script: join(folder, name), cwd: folder });

    const shown = await rollcall([], { script: join(folder, 'beside.mjs'), cwd: folder });
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(shown.stdout)).toMatchObject({ address: '127.0.0.1', port: 1212 });

    const watching = start('client.mjs');
    const service = start('alone.mjs');
    await until(() => service.stdout() === 'server/002 is registered\n', { deadline: 30_000, what: service.stderr() });
    await until(() => watching.stdout() === '+ server/002 127.0.0.1:1213\n', { deadline: 30_000 });
    expect(await service.end('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
    await until(() => watching.stdout().endsWith('\n- server/002\n'), { deadline: 30_000 });
    expect(await readKeys(etcd, 'server/')).toEqual({});
    expect(await watching.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    await etcd.stop();
  });
});

it('needs no types of etcd3: the package does not install it', () => {
  const folder = join(root, 'dist');
  const types = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'));
  expect(types.length).toBeGreaterThan(50);
  expect(types.filter((file) => /from 'etcd3|import\("etcd3/.test(readFileSync(join(folder, file), 'utf8')))).toEqual(
    [],
  );
});
