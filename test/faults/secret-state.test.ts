import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall, type Ended } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

// Every secret value holds this word, and nothing else does.
const canary = /canary/i;
const crashing = join(import.meta.dirname, 'crashing.mjs');
const all = ({ stdout, stderr }: Ended): string => stdout + stderr;

interface Variant {
  readonly name: string;
  readonly target: object;
  /** The outcome of the change that is killed. */
  readonly outcome: 'changed' | 'refused';
}

const env = (more: object = {}): object => ({ path: 'app.env', template: './t.hbs', dialect: 'dotenv', ...more });
const variants: Variant[] = [
  {
    name: 'a file that is replaced, and one that is written in place',
    target: { files: [env(), env({ path: 'in.env', inPlace: true })], check: ['true'] },
    outcome: 'changed',
  },
  {
    name: 'a file in place that is checked before the swap',
    target: { files: [env({ inPlace: true })], check: ['test', '-s', '{staged}'] },
    outcome: 'changed',
  },
  {
    name: 'keys of an etcd',
    target: { skydns: { domain: 'svc.example.internal', owner: 'test' } },
    outcome: 'changed',
  },
  {
    name: 'files that a check refuses and quotes',
    target: {
      files: [env(), env({ path: 'in.env', inPlace: true })],
      check: { command: ['sh', '-c', 'grep -q refused app.env && cat app.env && exit 1; true'], isolated: false },
    },
    outcome: 'refused',
  },
];

describeWith('etcd', 'contents of a secret source in the stateDir', () => {
  let etcd: EtcdServer;
  let count = 0;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  async function createSecretPlace(target: object): Promise<Place & { put: (value: string) => Promise<void> }> {
    const prefix = `/secret-state-${++count}/`;
    const kind = 'skydns' in target ? 'json' : 'raw';
    const place = await createPlace(etcd, {
      sources: [{ name: 'settings', prefix, format: kind, secret: true }],
      targets: [{ name: 'app', ...target, reload: { command: ['true'] } }],
    });
    await writeFile(place.at('t.hbs'), '{{#each kv.pairs}}PASSWORD={{value}}\n{{/each}}');
    await writeFile(place.at('in.env'), '', { mode: 0o600 });
    if (JSON.stringify(target).includes('"app.env","template":"./t.hbs","dialect":"dotenv","inPlace"'))
      await writeFile(place.at('app.env'), '', { mode: 0o600 });
    const put = (value: string): Promise<void> =>
      putKey(
        etcd,
        kind === 'raw' ? `${prefix}password` : `${prefix}web/1`,
        kind === 'raw' ? value : { address: `${value}.example.internal`, port: 1 },
      );
    return { ...place, put };
  }

  /** The state files that hold the canary, by their names below the stateDir. */
  async function leaks(place: Place): Promise<string[]> {
    const entries = await readdir(place.at('state'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const found: string[] = [];
    for (const file of files)
      if (canary.test(await readFile(file, 'latin1'))) found.push(file.slice(place.at('state').length + 1));
    return found;
  }

  /** All steps of one change, in their order. */
  async function stepsOf({ file }: Place, outcome: string): Promise<string[]> {
    const recorder = startRollcall([file], { script: crashing });
    await until(() => new RegExp(`^outcome (${outcome}|reloaded)$`, 'm').test(recorder.stdout()), {
      what: outcome,
      deadline: 20_000,
    });
    const { stdout } = await recorder.end('SIGKILL');
    return [...new Set([...stdout.matchAll(/^step (\S+)$/gm)].map(([, step = '']) => step))];
  }

  it.each(variants)(
    'are undo data of a running transaction, and nothing after it or after a kill -9 at any step: $name',
    { timeout: 240_000 },
    async ({ target, outcome }) => {
      const place = await createSecretPlace(target);
      const said: string[] = [];
      const held = new Set<string>();
      const once = async (): Promise<Ended> => {
        const ended = await rollcall(['run', '--once', '--log-level', 'debug', '-c', place.file]);
        said.push(all(ended));
        return ended;
      };
      const change = (n: number): Promise<void> => place.put(`canary-${n}${outcome === 'refused' ? '-refused' : ''}`);
      await place.put('canary-0');
      expect((await once()).code).toBe(0);
      expect(await leaks(place)).toEqual([]);
      await change(1);
      const steps = await stepsOf(place, outcome);
      expect(steps).toEqual(expect.arrayContaining(['staged', 'swapped']));
      for (const [index, step] of steps.entries()) {
        await place.put(`canary-${index}-before`);
        expect((await once()).code, step).toBe(0);
        expect(await leaks(place), `before ${step}`).toEqual([]);
        await change(index + 2);
        const victim = await startRollcall([place.file, step], { script: crashing }).ended;
        expect(victim.signal, step).toBe('SIGKILL');
        said.push(all(victim));
        for (const name of await leaks(place)) {
          held.add(name);
          expect(name, step).toMatch(/^(scratch\/app\/\.rollcall-[\w-]+\.(old|new)|journals\/app)$/);
          expect(steps.indexOf('cleaned'), step).not.toBe(index);
        }
        await once();
        expect(await leaks(place), `after ${step}`).toEqual([]);
      }
      expect(held.size).toBeGreaterThan(0);
      expect(await readdir(place.at('state'))).not.toContain('originals');
      for (const command of [['diff'], ['diff', '--stat'], ['validate'], ['services', '-o', 'wide']])
        if (!('skydns' in target)) said.push(all(await rollcall([...command, '-c', place.file])));
      for (const text of said) expect(text).not.toMatch(canary);
      await rm(place.at('state'), { recursive: true });
    },
  );
});
