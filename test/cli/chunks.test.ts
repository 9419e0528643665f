import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { targetKinds } from '../../src/targets/registry.js';
import { folderOf } from '../kinds/folder.js';
import { describeWith } from '../support/binaries.js';
import { main, rollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';

/** Written before the command runs: tells every file that is read, also in the compiled form of a part. */
const recorder = (file: string): string => `
  const fs = require('node:fs');
  const { appendFileSync, readFileSync } = fs;
  fs.readFileSync = (path, ...rest) => {
    appendFileSync(${JSON.stringify(file)}, String(path) + '\\n');
    return readFileSync(path, ...rest);
  };`;

/** The name of a kind's chunk without its hash; undefined for every other file. */
const chunkOf = (file: string): string | undefined => /^(target-[\w-]+)-[\w-]{8}\.js$/.exec(file)?.[1];

/** The chunk of the Kubernetes client. */
const isClient = (file: string): boolean => /^kubernetes-[\w-]{8}\.js$/.test(file);

describeWith('etcd', 'the built command opens of the kinds of targets', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
  });

  /** The chunks of kinds that a run to its end opens, sorted, without their hashes. */
  async function chunksOf(...targets: readonly object[]): Promise<string[]> {
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/' }],
      targets: targets.map((target, index) => ({ name: `t${index}`, ...target })),
    });
    await writeFile(place.at('recorder.cjs'), recorder(place.at('read')));
    const env = { NODE_OPTIONS: `--require=${place.at('recorder.cjs')}` };
    expect(await rollcall(['run', '--once', '-c', place.file], { env })).toMatchObject({ code: 0 });
    const read = (await readFile(place.at('read'), 'utf8')).split('\n').map((path) => basename(path));
    expect(read).toContain('command.js');
    expect(read.filter(isClient)).toEqual([]);
    return [...new Set(read.flatMap((name) => chunkOf(name) ?? []))].sort();
  }

  const files = { files: [{ path: 'out', template: 'json' }] };
  const skydns = { skydns: { domain: 'svc.example.com', owner: 'chunks' } };

  it('a chunk of its own for each kind', async () => {
    const chunks = (await readdir(dirname(main))).flatMap((name) => chunkOf(name) ?? []);
    expect(chunks.sort()).toEqual(targetKinds.keys.map((key) => `target-${folderOf(key)}`).sort());
  });

  it('no client of Kubernetes, which has a chunk of its own', async () => {
    expect((await readdir(dirname(main))).filter(isClient)).toHaveLength(1);
    await chunksOf(files, skydns);
  });

  it('only the chunks of those that its config uses', async () => {
    expect(await chunksOf(files)).toEqual(['target-files']);
    expect(await chunksOf(skydns)).toEqual(['target-skydns']);
    expect(await chunksOf(files, skydns)).toEqual(['target-files', 'target-skydns']);
  });
});
