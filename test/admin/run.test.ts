import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { endpoints } from '../../src/admin/endpoints.js';
import { failure } from '../../src/admin/wire.js';
import { askAdmin } from '../support/admin.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const token = 'a-token-of-some-length';

describeWith('etcd', 'the admin server of a running process', () => {
  let etcd: EtcdServer;
  let place: Place;
  let rollcall: Running;
  let port: number;

  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    await putKey(etcd, '/services/web/bad', 'rubbish');
    port = await freePort();
    place = await createPlace(etcd, {
      admin: { listen: `127.0.0.1:${port}`, token },
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [
        {
          name: 'nginx',
          files: [{ path: 'out', template: 'json' }],
          reload: { command: ['true'], minInterval: '1ms' },
        },
      ],
    });
    rollcall = startRollcall(['run', '-c', place.file]);
    await rollcall.line(({ msg, listen }) => msg === 'the admin server listens' && listen !== 'admin.sock', 'HTTP');
    await until(async () => (await bySocket('/readyz')).status === 200);
  });

  const bySocket = (path: string, method = 'GET', body?: string, headers = {}) =>
    askAdmin({ socketPath: place.at('state', 'admin.sock'), path, method, headers }, body);
  const byTcp = (path: string, headers = {}, method = 'GET', body?: string) =>
    askAdmin({ host: '127.0.0.1', port, path, method, headers }, body);
  const bearer = { authorization: `Bearer ${token}` };

  it('opens a socket for its user only', async () => {
    expect((await stat(place.at('state', 'admin.sock'))).mode & 0o777).toBe(0o600);
  });

  it('answers every path of the API as its schema says, and other targets and paths with 404', async () => {
    for (const { method, path, answer } of endpoints) {
      const known = await bySocket(path.replace('{name}', 'nginx'), method);
      expect(known, path).toMatchObject({ status: 200 });
      expect(answer.safeParse(known.json).error, path).toBeUndefined();
      if (!path.includes('{name}')) continue;
      const unknown = await bySocket(path.replace('{name}', 'no'), method);
      expect(unknown, path).toMatchObject({ status: 404 });
      expect(failure.safeParse(unknown.json).success).toBe(true);
    }
    expect((await bySocket('/api/nothing')).status).toBe(404);
  });

  it('tells that the target is in step, its outputs, and what was rejected', async () => {
    expect((await bySocket('/api/status')).json).toMatchObject({
      ...{ inStep: true, stale: false, config: { generation: 1, refused: null } },
      sources: [{ name: 'services', watch: 'live', listed: true, rejected: 1 }],
      targets: [{ name: 'nginx', inStep: true, lagMs: 0 }],
    });
    const { json } = await bySocket('/api/targets/nginx');
    const bytes = (await readFile(place.at('out'))).length;
    expect(json).toMatchObject({ outputs: [{ output: place.at('out'), bytes, secret: false }] });
    expect((await bySocket('/api/services')).json).toMatchObject({
      services: [{ service: 'web', instances: [{ id: '1', address: '192.0.2.1', port: 80 }] }],
      next: null,
    });
    expect((await bySocket('/api/rejected')).json).toMatchObject({ rejected: [{ code: 'no-port' }], total: 1 });
  });

  it('says the same of readiness in one line each', async () => {
    const { text } = await byTcp('/readyz?verbose');
    expect(text).toBe('[+]list/services ok\n[+]watch/services ok\n[+]target/nginx ok\nreadyz check passed\n');
    expect(await byTcp('/livez', { host: 'any.example' })).toMatchObject({ status: 200, text: 'ok\n' });
  });

  it('refuses over HTTP what has no token, names another host, or comes from a web page', async () => {
    expect((await byTcp('/api/status')).status).toBe(401);
    expect((await byTcp('/api/status', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await byTcp('/api/status', bearer)).status).toBe(200);
    expect((await byTcp('/api/status', { host: 'evil.example' })).status).toBe(421);
    expect((await byTcp('/api/status', { ...bearer, origin: 'http://evil.example' })).status).toBe(403);
    expect((await byTcp('/api/status', { ...bearer, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await byTcp('/api/targets/nginx/resync', {}, 'POST')).status).toBe(401);
    expect((await byTcp('/api/targets/nginx/resync', bearer, 'POST')).status).toBe(200);
    for (const path of [
      '//api/status',
      '/api/../api/status',
      '/api/%2e%2e/status',
      '/API/status',
      '/api%2fstatus',
      '/api/targets/%00',
      '/api/targets/%zz',
      '/api/status/',
    ])
      expect((await byTcp(path)).status, path).toBeGreaterThanOrEqual(400);
  });

  it('limits headers, bodies and what they may hold', async () => {
    expect((await byTcp('/livez', { 'x-long': 'x'.repeat(10_000) })).status).toBe(431);
    const path = '/api/targets/nginx/release';
    const json = { 'content-type': 'application/json' };
    expect((await bySocket(path, 'POST', '{"service":"web"}', json)).json).toEqual({ released: 0 });
    expect((await bySocket(path, 'POST', '{"other":1}', json)).status).toBe(400);
    expect((await bySocket(path, 'POST', '{', json)).status).toBe(400);
    expect((await bySocket(path, 'POST', 'service=web', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await bySocket(path, 'POST', JSON.stringify({ service: 'x'.repeat(20_000) }), json)).status).toBe(413);
    expect((await bySocket('/api/services?limit=0')).status).toBe(400);
    expect((await bySocket('/api/services?after=x')).status).toBe(404);
  });

  it('writes a change while 1,000 clients hold streams and unfinished requests', async () => {
    const sockets = Array.from({ length: 1000 }, (_, index) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      const head = `GET /api/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n`;
      socket.write(index % 2 === 0 ? `${head}\r\n` : head);
      return socket;
    });
    try {
      await putKey(etcd, '/services/web/2', '192.0.2.2:80');
      await until(async () => (await readFile(place.at('out'), 'utf8')).includes('192.0.2.2'), { deadline: 2000 });
      expect((await bySocket('/livez')).status).toBe(200);
      // Unfinished requests end, so that others can be made again.
      await until(async () => (await byTcp('/livez')).status === 200, { deadline: 20_000, every: 200 });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it('streams events, and goes on after the last one that a client has seen', async () => {
    const all = (await bySocket('/api/events?follow=false')).text;
    const ids = [...all.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
    expect(all).toContain('event: applied');
    const rest = await bySocket('/api/events?follow=false', 'GET', undefined, { 'last-event-id': ids.at(-2) });
    expect([...rest.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual(ids.slice(-1));
    expect((await bySocket('/api/events?follow=false', 'GET', undefined, { 'last-event-id': 'x' })).text).toMatch(
      /^event: gap\n/,
    );
  });

  it('stays alive, and is neither ready nor in step, while etcd does not answer', async () => {
    await etcd.pause();
    await until(async () => (await bySocket('/readyz')).status === 503);
    expect((await bySocket('/livez')).status).toBe(200);
    expect((await bySocket('/api/status')).json).toMatchObject({ inStep: false });
    etcd.resume();
    await until(async () => (await bySocket('/readyz')).status === 200, { deadline: 20_000 });
  });
});
