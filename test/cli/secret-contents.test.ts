import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, type Ended } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';

// Every secret value holds this word, and nothing else does.
const canary = /canary/i;
const all = ({ stdout, stderr }: Ended): string => stdout + stderr;

describeWith('etcd', 'contents of a secret source', () => {
  let etcd: EtcdServer;
  let count = 0;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  /** Two targets of settings, of which one has other files that are not secret by themselves. */
  async function createSecretPlace(secret: { source?: boolean; file?: boolean }): Promise<Place & { prefix: string }> {
    const prefix = `/secret-${++count}/`;
    const place = await createPlace(etcd, {
      sources: [
        { name: 'settings', prefix, format: 'raw', secret: secret.source ?? false },
        { name: 'services', prefix: `${prefix.slice(0, -1)}-open/`, format: 'plain' },
      ],
      targets: [
        {
          name: 'app',
          sources: ['settings'],
          files: [{ path: 'app.env', template: './t.hbs', dialect: 'dotenv', secret: secret.file ?? false }],
          check: ['true'],
          reload: { command: ['true'] },
        },
        { name: 'web', sources: ['services'], files: [{ path: 'web.txt', template: './s.hbs' }] },
      ],
    });
    await writeFile(place.at('t.hbs'), '{{#each kv.pairs}}PASSWORD={{value}}\n{{/each}}');
    await writeFile(place.at('s.hbs'), '{{#each services}}{{name}}\n{{/each}}');
    await putKey(etcd, `${prefix}password`, 'canary-one');
    await putKey(etcd, `${prefix.slice(0, -1)}-open/api/1`, '192.0.2.1:80');
    return { ...place, prefix };
  }

  const variants = [
    ['source', { source: true }],
    ['file', { file: true }],
  ] as const;

  it.each(variants)('are in no diff and in no log at any level, with `secret` on the %s', async (_where, secret) => {
    const place = await createSecretPlace(secret);
    const args = ['-c', place.file];
    const once = () => rollcall(['run', '--once', '--log-level', 'debug', ...args]);
    const said: Ended[] = [];
    const say = async (ended: Promise<Ended>): Promise<Ended> => {
      said.push(await ended);
      return ended;
    };
    const created = await say(rollcall(['diff', ...args]));
    expect(created.stdout).toMatch(/^app: create \S+app\.env \(mode 0600, secret, \d+ bytes\)$/m);
    expect(created.stdout).toContain('+api\n');
    expect(await say(once())).toMatchObject({ code: 0 });
    expect(await readFile(place.at('app.env'), 'utf8')).toMatch(canary);

    await putKey(etcd, `${place.prefix}password`, 'canary-another');
    const updated = await say(rollcall(['diff', ...args]));
    expect(updated.stdout).toMatch(/^app: update \S+app\.env \(secret, \d+ -> \d+ bytes\)$/m);
    const json = await say(rollcall(['diff', '-o', 'json', ...args]));
    expect(JSON.parse(json.stdout)).toMatchObject({ targets: [{ differences: [{ action: 'update', diff: '' }] }, {}] });
    await say(rollcall(['diff', '--stat', ...args]));
    await say(rollcall(['validate', ...args]));
    await say(rollcall(['services', '-o', 'wide', ...args]));
    await say(rollcall(['services', '-o', 'json', ...args]));
    expect(await say(once())).toMatchObject({ code: 0 });
    for (const output of said.map(all)) expect(output).not.toMatch(canary);
  });

  it('that a check refuses, or a template cannot write, are in no error', async () => {
    const place = await createSecretPlace({ source: true });
    const args = ['-c', place.file];
    const text = await readFile(place.file, 'utf8');
    await writeFile(place.file, text.replace('check:\n      - "true"', 'check:\n      - "false"'));
    const refused = await rollcall(['run', '--once', '--log-level', 'debug', ...args]);
    expect(refused.code).not.toBe(0);
    expect(all(refused)).toContain('CHECK_BROKEN_BEFORE');
    expect(all(refused)).not.toMatch(canary);

    for (const template of [
      '{{#each kv.pairs}}{{parseJson value}}{{/each}}',
      '{{#each kv.pairs}}{{toNumber value}}{{/each}}',
    ]) {
      await writeFile(place.at('t.hbs'), template);
      for (const command of [['run', '--once', '--log-level', 'debug'], ['diff'], ['validate']]) {
        const ended = await rollcall([...command, ...args]);
        expect(all(ended)).not.toMatch(canary);
      }
    }
  });

  it('are not in what `test` shows, and are printed by `render`, which asks for them', async () => {
    const place = await createSecretPlace({ source: true });
    const rendered = await rollcall(['render', 'app', '-c', place.file]);
    expect(rendered).toMatchObject({ code: 0 });
    expect(rendered.stdout).toMatch(canary);

    const from = { keys: { [`${place.prefix}password`]: 'canary-fixture' } };
    const expected = place.at('expected.env');
    await writeFile(expected, 'password=canary-expected\n');
    const test = { target: 'app', config: 'rollcall.yaml', from, expect: 'expected.env' };
    await writeFile(place.at('a.test.yaml'), JSON.stringify(test));
    const tested = await rollcall(['test', place.at('a.test.yaml')]);
    expect(tested.code).toBe(1);
    expect(tested.stdout).toMatch(
      /expected\.env is secret and not as expected: \d+ bytes are expected, and \d+ are rendered/,
    );
    expect(all(tested)).not.toMatch(canary);
    expect(await rollcall(['test', '--update', place.at('a.test.yaml')])).toMatchObject({ code: 0 });
    expect(await readFile(expected, 'utf8')).toMatch(/canary-fixture/);
  });

  it('are not in the journals once the change is accepted', async () => {
    const place = await createSecretPlace({ source: true });
    expect(await rollcall(['run', '--once', '-c', place.file])).toMatchObject({ code: 0 });
    const journals = place.at('state', 'journals');
    const names = await readdir(journals);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(await readFile(join(journals, name), 'utf8')).not.toMatch(canary);
  });
});
