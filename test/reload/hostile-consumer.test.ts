import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReload, reloadSchema } from '../../src/reload/registry.js';
import { hostileAnswers, hugeAnswers, redirects, startRawServer } from '../support/hostile-http.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { context, never, runtimeIn } from './runtime.js';

async function reload(http: object, dir = '/', timeout = '1s'): Promise<void> {
  await (await createReload(reloadSchema.parse({ http, timeout }), runtimeIn(dir))).run(context, never);
}

const MIB = 1 << 20;

describe('a hostile consumer of an http reload', () => {
  it.each(hostileAnswers)('can neither delay rollcall nor fill its memory by %s', async (_title, answer) => {
    const { origin, open } = await startRawServer(answer);
    const [before, began] = [process.memoryUsage().rss, performance.now()];
    await expect(reload({ url: origin })).rejects.toMatchObject({
      code: expect.stringMatching(/^RELOAD_(FAILED|TIMED_OUT)$/) as string,
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
    await until(() => open() === 0, { what: 'the end of the connection' });
  });

  it.each(hugeAnswers)('is read no further than the first MiB: %s', async (_title, answer) => {
    const { origin, open } = await startRawServer(answer);
    const before = process.memoryUsage().rss;
    await reload({ url: origin }, '/', '30s');
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
    await until(() => open() === 0, { what: 'the end of the connection' });
  });

  it('cannot redirect the request or its headers to another server', async () => {
    const other = await startRawServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    for (const status of [301, 302, 303, 307, 308])
      for (const location of redirects(other.origin, 'http://127.0.0.1')) {
        const consumer = await startRawServer((socket) =>
          socket.end(`HTTP/1.1 ${status} Found\r\nlocation: ${location}\r\nrefresh: 0; url=${location}\r\n\r\n`),
        );
        await expect(reload({ url: consumer.origin, headers: { Authorization: 'Bearer canary' } })).rejects.toThrow(
          `answered ${status} instead of a status of 2xx (redirects are not followed)`,
        );
        expect(consumer.heard).toHaveLength(1);
      }
    expect(other.heard).toEqual([]);
  });

  it('cannot put the secrets of the headers into a message by repeating them', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'token'), 'Bearer canary-in-a-file\n');
    const consumer = await startRawServer((socket) => {
      const said = consumer.heard.at(-1) ?? '';
      socket.end(`HTTP/1.1 500 Sorry\r\n\r\nI was asked:\n${said}\nby canary-in-a-file and canary-in-the-config`);
    });
    const headers = { Authorization: { file: 'token' }, 'X-Token': 'canary-in-the-config' };
    const asking = reload({ url: `${consumer.origin}/?token=canary-in-the-query`, headers }, dir);
    await expect(asking).rejects.toThrow(/answered 500 .*I was asked/s);
    await expect(asking).rejects.not.toThrow(/canary/);
  });
});
