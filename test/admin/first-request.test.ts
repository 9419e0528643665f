import { once } from 'node:events';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { App, AppOptions } from '../../src/admin/app.js';
import { createAppOnRequest } from '../../src/admin/first-request.js';

/** Answers whose code cannot be loaded while `state.broken`. */
function place() {
  const state = { broken: true, now: 0, loads: 0, closed: 0, errors: [] as unknown[] };
  const app: App = {
    listener: (_request, response) => response.end('made'),
    close: () => Promise.resolve(void (state.closed += 1)),
  };
  const options = {
    clock: { now: () => state.now },
    log: { error: (fields: unknown) => state.errors.push(fields) },
  } as unknown as AppOptions;
  const lazy = createAppOnRequest(options, () => {
    state.loads += 1;
    return state.broken ? Promise.reject(new Error('ENOENT: app.js')) : Promise.resolve(app);
  });
  return { state, lazy };
}

/** Asks a server with this listener, with a new connection each time. */
async function serve(listener: RequestListener): Promise<() => Promise<{ status: number; text: string }>> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return () =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      asked.on('error', reject).end();
    });
}

it('makes the answers once, with the first request', async () => {
  const { state, lazy } = place();
  state.broken = false;
  const ask = await serve(lazy.listener);
  expect(state.loads).toBe(0);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(Array(3).fill({ status: 200, text: 'made' }));
  expect(await ask()).toEqual({ status: 200, text: 'made' });
  expect(state.loads).toBe(1);
  await lazy.close();
  expect(state.closed).toBe(1);
});

it('refuses requests when they cannot be made, and tries again at most once a second', async () => {
  const { state, lazy } = place();
  const ask = await serve(lazy.listener);
  for (const now of [0, 1, 999]) {
    state.now = now;
    const { status, text } = await ask();
    expect([status, JSON.parse(text)]).toMatchObject([503, { error: { status: 503 } }]);
  }
  // Anybody may ask: not every request reads files and is a line in the log.
  expect(state.loads).toBe(1);
  expect(state.errors).toEqual([{ error: 'ENOENT: app.js' }]);
  state.now = 1000;
  expect(await ask()).toMatchObject({ status: 503 });
  expect([state.loads, state.errors.length]).toEqual([2, 2]);
  state.broken = false;
  expect(await ask()).toMatchObject({ status: 503 });
  state.now = 2000;
  expect(await ask()).toEqual({ status: 200, text: 'made' });
});

it('closes when there was no request, or when no answers could be made', async () => {
  const { state, lazy } = place();
  await lazy.close();
  const ask = await serve(lazy.listener);
  await ask();
  await lazy.close();
  expect(state.closed).toBe(0);
});
