import { writeFile } from 'node:fs/promises';
import Ajv from 'ajv';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeConfiguration } from '../../scripts/docs/configuration.mjs';
import { prepareConfig, type Prepared } from '../../src/build/prepare.js';
import { ConfigError } from '../../src/config/problem.js';
import { createJsonSchema } from '../../src/config/json-schema.js';
import { loadConfig } from '../../src/config/load.js';
import { runOnce } from '../../src/daemon/run-once.js';
import { previewConfig } from '../../src/inspect/diff/preview.js';
import { showDifference } from '../../src/inspect/diff/format.js';
import { dryRun } from '../../src/inspect/render/dry-run.js';
import { runTemplateTest } from '../../src/inspect/template-tests/run.js';
import { validateConfig } from '../../src/inspect/validate/validate.js';
import type { Runtime } from '../../src/ports/runtime.js';
import { describeWith } from '../support/binaries.js';
import { realClock } from '../support/clock.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { memoryLog } from '../support/log.js';
import { openMemoryStore } from './memory/store.js';
import { testKinds } from './registry.js';

const template = '{{#each services}}{{name}} {{instances.length}}\n{{/each}}';
const load = (path: string) => import(/* @vite-ignore */ `../../src/${path.replace(/\.js$/, '.ts')}`);

describe('a kind of targets that only tests have', () => {
  it('has a table in the documentation, and every key a type and a meaning', async () => {
    const { memory = '', files } = await describeConfiguration(load, testKinds);
    expect((await describeConfiguration(load)).files).toBe(files);
    expect((await describeConfiguration(load)).memory).toBeUndefined();
    const keys = [...memory.matchAll(/^\| `(targets[^`]*)` +\| (\S.*?) \| (\S.*?) \| (\S.*?) \|$/gm)].map(
      ([, key]) => key,
    );
    expect(keys).toEqual(
      ['', '.store', '.texts', '.texts.NAME', '.texts.NAME.template', '.texts.NAME.forEach'].map(
        (key) => `targets[].memory${key}`,
      ),
    );
  });

  it('is in the JSON Schema, as strict as the others', () => {
    const validate = new Ajv().compile(createJsonSchema('config', testKinds));
    const configOf = (block: object) => ({
      sources: [{ name: 'web', prefix: '/web/' }],
      targets: [{ name: 'm', memory: block }],
    });
    const right = { store: 's', texts: { all: { template: 'json' } } };
    expect(validate(configOf(right))).toBe(true);
    expect(validate(configOf({ ...right, strange: 1 }))).toBe(false);
    expect(validate(configOf({ store: 's', texts: { all: {} } }))).toBe(false);
    expect(new Ajv().compile(createJsonSchema('config'))(configOf(right))).toBe(false);
  });

  it('is an unknown key without an entry in the registry', async () => {
    const place = await createPlace('127.0.0.1:1', configOf(['s']));
    await expect(loadConfig(place.file)).rejects.toThrow('targets[0].memory: unknown key');
  });

  it('refuses two targets with the same output', async () => {
    const place = await createPlace('127.0.0.1:1', configOf(['s', 't', 's']));
    const error: unknown = await loadConfig(place.file, testKinds).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'targets[2].memory.texts.all: is taken already by targets[0].memory.texts.all',
      'targets[2].memory.texts.each: is taken already by targets[0].memory.texts.each',
    ]);
  });
});

function configOf(stores: readonly string[], more: object = {}): object {
  const texts = { all: { template: './t.hbs' }, each: { template: 'json', forEach: 'service' } };
  return {
    sources: [{ name: 'services', prefix: '/third-kind/', format: 'plain', ...more }],
    targets: stores.map((store, index) => ({ name: `to-${index}`, memory: { store, texts } })),
  };
}

describeWith('etcd', 'a kind of targets that only tests have, with a real etcd', () => {
  const log = memoryLog();
  const runtime: Runtime = { clock: realClock, random: Math.random, log, env: {} };
  let etcd: EtcdServer;
  let place: Place;
  let prepared: Prepared;
  let stores = 0;
  let store: string;

  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/third-kind/web/1', '192.0.2.1:80');
  });

  beforeEach(async () => {
    store = `third-${++stores}`;
    place = await createPlace(etcd, configOf([store]));
    await writeFile(place.at('t.hbs'), template);
    prepared = await prepareConfig(place.file, undefined, testKinds);
  });

  const run = (config = prepared) =>
    runOnce(config, runtime, { timeout: 30_000, allowEmpty: false }, new AbortController().signal);

  it('is checked by validate, with its templates', async () => {
    const options = { offline: false, timeout: 10_000, kinds: testKinds };
    expect(await validateConfig(place.file, options, runtime)).toMatchObject({ wrong: [], lacking: [] });
    await writeFile(place.at('t.hbs'), '{{servces}}');
    expect((await validateConfig(place.file, options, runtime)).wrong.join('\n')).toContain('t.hbs:1:');
    await place.write({
      ...configOf([store]),
      targets: [{ name: 'm', memory: { store, texts: { a: { template: 'jsn' } } } }],
    });
    expect((await validateConfig(place.file, options, runtime)).wrong.join('\n')).toContain(
      'targets[0].memory.texts.a.template: no built-in template has this name',
    );
  });

  it('is rendered, compared and run', async () => {
    const loaded = prepared.loaded;
    const { outputs } = await dryRun({ subject: { target: 'to-0' }, loaded, timeout: 10_000 }, runtime);
    expect(outputs.map(({ output }) => output)).toEqual(['all', 'each/web']);
    expect(outputs[0]?.text).toBe('web 1\n');

    const before = await previewConfig(prepared, [], runtime, 10_000);
    expect(before.targets[0]?.differences.map(({ action, output }) => [action, output])).toEqual([
      ['create', 'all'],
      ['create', 'each/web'],
    ]);
    expect(openMemoryStore(store).texts.size).toBe(0);

    expect(await run()).toMatchObject({ ok: true, targets: [{ changed: { created: 2 } }] });
    expect(openMemoryStore(store).texts.get('all')).toBe('web 1\n');
    expect((await previewConfig(prepared, [], runtime, 10_000)).targets[0]?.differences).toEqual([]);
  });

  it('is tested with a fixture', async () => {
    const at = { file: place.file, directory: place.dir, locate: prepared.loaded.locate };
    const test = {
      target: 'to-0',
      from: { services: { api: [] }, keys: {}, expect: ['api'], vars: {}, env: {} },
      expect: { all: 'api 0\n', 'each/api': 'not so\n' },
      quarantined: [],
    };
    const options = { findConfig: () => Promise.resolve(place.file), update: false, kinds: testKinds };
    const { failures } = await runTemplateTest({ test, file: at, at: [] }, options, runtime);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.lines.map(({ text }) => text)).toContain('-not so');
  });

  it('is shown only by name and size when its source is secret, also in the log', async () => {
    await place.write(configOf([store], { secret: true }));
    const secret = await prepareConfig(place.file, undefined, testKinds);
    expect(await run(secret)).toMatchObject({ ok: true });
    openMemoryStore(store).write('all', 'canary\n');
    const [target] = (await previewConfig(secret, [], runtime, 10_000)).targets;
    expect(target?.differences.map((difference) => showDifference('m', difference))).toEqual([
      { head: 'm: update all (secret, 7 -> 6 bytes)', lines: [], added: 0, removed: 0 },
    ]);
    expect(JSON.stringify(target)).not.toMatch(/canary|192\.0\.2/);
    expect(JSON.stringify(log.lines)).not.toMatch(/canary|192\.0\.2/);
  });
});
