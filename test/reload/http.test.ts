import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createConfirm } from '../../src/reload/confirm.js';
import { createReload, reloadSchema } from '../../src/reload/registry.js';
import { confirmSchema } from '../../src/reload/schema.js';
import { freePort } from '../support/ports.js';
import { tempDir } from '../support/temp.js';
import { context, never, runtimeIn } from './runtime.js';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<{ url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  servers.push(server);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}`, seen };
}

async function reload(http: object, dir = '/', timeout = '20s', signal = never): Promise<void> {
  await (await createReload(reloadSchema.parse({ http, timeout }), runtimeIn(dir))).run(context, signal);
}

async function confirm(http: object, timeout = '20s'): Promise<void> {
  await (await createConfirm(confirmSchema.parse({ http, timeout }), runtimeIn('/'))).run(context, never);
}

describe('an http reload', () => {
  it('posts, and is acknowledged by any 2xx', async () => {
    const { url, seen } = await serve((_, response) => response.writeHead(204).end());
    await reload({ url: `${url}/-/reload` });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /-/reload']);
  });

  it('sends headers, a secret one from its file as the file is now', async () => {
    const dir = await tempDir();
    const { url, seen } = await serve((_, response) => response.end());
    const block = reloadSchema.parse({
      http: { url, method: 'PUT', headers: { 'X-From': 'rollcall', Authorization: { file: 'token' } } },
    });
    const reloading = await createReload(block, runtimeIn(dir));
    for (const token of ['one', 'two']) {
      await writeFile(join(dir, 'token'), `Bearer ${token}\n`);
      await reloading.run(context, never);
    }
    expect(seen.map(({ method, headers }) => [method, headers['x-from'], headers.authorization])).toEqual([
      ['PUT', 'rollcall', 'Bearer one'],
      ['PUT', 'rollcall', 'Bearer two'],
    ]);
  });

  it.each(['Bearer hun\nter2', 'Bearer hunter2\u0000', 'Bearer hunter2 ☃'])(
    'names the header that has a value which cannot be sent, never the value: %j',
    async (token) => {
      const dir = await tempDir();
      await writeFile(join(dir, 'token'), token);
      const { url, seen } = await serve((_, response) => response.end());
      const sending = reload({ url, headers: { Authorization: { file: 'token' } } }, dir);
      await expect(sending).rejects.toMatchObject({
        code: 'RELOAD_FAILED',
        message: expect.stringMatching(/was not sent: the value of the header Authorization holds/) as unknown,
      });
      await expect(sending).rejects.not.toThrow(/hun|ter2/);
      expect(seen).toEqual([]);
    },
  );

  it('fails with the status and the answer of the consumer, without the query', async () => {
    const { url } = await serve((_, response) => response.writeHead(500).end('config is broken\n'));
    await expect(reload({ url: `${url}/reload?token=secret` })).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      message: `Reload: http POST ${url}/reload answered 500 instead of a status of 2xx: config is broken`,
    });
  });

  it('does not follow a redirect', async () => {
    const { url, seen } = await serve((_, response) => response.writeHead(302, { location: '/login' }).end());
    await expect(reload({ url })).rejects.toThrow(
      'answered 302 instead of a status of 2xx (redirects are not followed)',
    );
    expect(seen).toHaveLength(1);
  });

  it('accepts exactly the expected status', async () => {
    const { url } = await serve((_, response) => response.writeHead(202).end());
    await reload({ url, status: 202 });
    await expect(reload({ url, status: 200 })).rejects.toThrow('answered 202 instead of 200');
  });

  it.each([
    ['before the answer', (() => undefined) satisfies RequestListener],
    ['within the body', ((_, response) => void response.writeHead(200).write('x')) satisfies RequestListener],
  ])('gives up on a server that falls silent %s', async (_, answer) => {
    const { url } = await serve(answer);
    await expect(reload({ url }, '/', '200ms')).rejects.toMatchObject({
      code: 'RELOAD_TIMED_OUT',
      message: `Reload: http POST ${url}/ did not answer within 200 ms`,
    });
  });

  it('fails with the reason why there is no answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expect(reload({ url })).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const { url: cutting } = await serve((request) => request.socket.destroy());
    await expect(reload({ url: cutting })).rejects.toThrow(/failed: /);
    await expect(reload({ url, headers: { A: { file: '/no/such/file' } } })).rejects.toThrow(
      /failed: ENOENT.*\/no\/such\/file/,
    );
  });

  it('reads only the beginning of an endless answer', async () => {
    const { url } = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more).writeHead(500);
      more();
    });
    await expect(reload({ url })).rejects.toThrow(/answered 500 .*\[… \d+ bytes left out …\]/s);
  });

  it('rejects with the reason of its aborted signal', async () => {
    const { url, seen } = await serve(() => undefined);
    const stop = new AbortController();
    const running = reload({ url }, '/', '20s', stop.signal).catch((error: unknown) => error);
    while (seen.length === 0) await new Promise(setImmediate);
    const reason = new Error('stopping');
    stop.abort(reason);
    expect(await running).toBe(reason);
  });

  it.each([
    ['ftp://example.com', 'must be an http:// or https:// address'],
    ['example.com/reload', 'must be an http:// or https:// address'],
    ['http://user:password@example.com/', 'must not hold a user or password'],
  ])('refuses the address %s', (url, message) => {
    expect(JSON.stringify(reloadSchema.safeParse({ http: { url } }).error?.issues)).toContain(message);
  });
});

describe('a confirm by http', () => {
  it('asks with GET until status and body are right', async () => {
    const answers: [number, string][] = [
      [503, 'starting'],
      [200, 'revision 41'],
      [200, 'revision 42'],
    ];
    const { url, seen } = await serve((_, response) => {
      const [status, body] = answers[seen.length - 1] ?? [500, ''];
      response.writeHead(status).end(body);
    });
    await confirm({ url, contains: 'revision 42' });
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  it('fails with the text that the last answer did not contain', async () => {
    const { url } = await serve((_, response) => response.end('revision 41'));
    await expect(confirm({ url, contains: 'revision 42' }, '1s')).rejects.toMatchObject({
      code: 'CONFIRM_FAILED',
      message: expect.stringMatching(/the last: http GET .* its body does not contain "revision 42"$/) as string,
    });
  });
});
