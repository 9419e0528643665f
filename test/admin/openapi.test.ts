import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { beforeAll, expect, it } from 'vitest';
import { endpoints } from '../../src/admin/endpoints.js';
import { askAdmin } from '../support/admin.js';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

const file = join(import.meta.dirname, '../../docs/schema/admin.openapi.json');
const document = JSON.parse(readFileSync(file, 'utf8')) as Document;

/** The faults of an answer, by the schema that the document has for it. */
function faultsOf(path: string, method: string, status: number, body: unknown): unknown {
  const { responses = {} } = document.paths[path]?.[method] ?? {};
  const schema = (responses[String(status)] ?? responses.default)?.content['application/json']?.schema;
  // The references of the document are relative to the whole document.
  const ajv = new Ajv({ schemaId: 'auto', unknownFormats: 'ignore', allErrors: true });
  const validate = ajv.compile({ ...schema, components: document.components });
  return validate(body) ? [] : validate.errors;
}

describeWith('etcd', 'the OpenAPI document of the admin server', () => {
  let place: Place;
  const ask = (path: string, method = 'GET', body?: string) =>
    askAdmin(
      {
        socketPath: place.at('state', 'admin.sock'),
        ...{ path, method },
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
      },
      body,
    );

  beforeAll(async () => {
    const etcd = await startEtcd();
    for (const id of ['1', '2', '3', '4']) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
    await putKey(etcd, '/services/web/bad', 'rubbish');
    place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [{ name: 'nginx', files: [{ path: 'out', template: 'json' }] }],
    });
    startRollcall(['run', '-c', place.file]);
    await until(async () => (await ask('/readyz')).status === 200, { what: 'ready', deadline: 20_000 });
    for (const id of ['1', '2', '3', '4']) await deleteKey(etcd, `/services/web/${id}`);
    const held = async () => ((await ask('/api/targets/nginx')).json as { holds: unknown[] }).holds.length;
    await until(async () => (await held()) > 0, { what: 'holds', deadline: 20_000 });
  });

  it('is what `rollcall schema admin` prints', async () => {
    const { code, stdout } = await rollcall(['schema', 'admin']);
    expect([code, stdout], 'docs/schema/admin.openapi.json is old: run npm run docs').toEqual([
      0,
      readFileSync(file, 'utf8'),
    ]);
    expect(document.openapi).toBe('3.1.1');
  });

  it('has every path of the server, and describes its answers and failures', async () => {
    for (const { method, path } of endpoints) {
      const verb = method.toLowerCase();
      const known = await ask(path.replace('{name}', 'nginx'), method);
      expect([known.status, faultsOf(path, verb, 200, known.json)], path).toEqual([200, []]);
      const wrong = path.includes('{name}')
        ? await ask(path.replace('{name}', 'no'), method)
        : await ask(`${path}?limit=0`, method);
      if (wrong.status !== 200) expect(faultsOf(path, verb, wrong.status, wrong.json), path).toEqual([]);
    }
    const described = Object.keys(document.paths).filter((path) => path.startsWith('/api/') && path !== '/api/events');
    expect(described.sort()).toEqual([...new Set(endpoints.map(({ path }) => path))].sort());
  });

  it('has no path that the server does not have, and finds faults in a wrong answer', async () => {
    for (const path of ['/livez', '/readyz', '/api/events']) {
      expect(document.paths, path).toHaveProperty([path, 'get']);
      expect((await ask(path === '/api/events' ? `${path}?follow=false` : path)).status, path).toBeLessThan(400);
    }
    expect(faultsOf('/api/status', 'get', 200, { inStep: 'yes' })).not.toEqual([]);
  });
});
