import { describe, expect, it } from 'vitest';
import { createHealthProbe } from '../../src/health/probe.js';
import { realClock } from '../support/clock.js';
import { hostileAnswers, hugeAnswers, redirects, startRawServer } from '../support/hostile-http.js';
import { until } from '../support/poll.js';

const never = new AbortController().signal;
const MIB = 1 << 20;
const ask = (origin: string, timeout = 1000) =>
  createHealthProbe({ kind: 'http', url: new URL(`${origin}/health`) }, realClock, {}).attempt(timeout, never);

describe('a hostile service with an http health check', () => {
  it.each(hostileAnswers)('can neither delay the check nor fill its memory by %s', async (_title, answer) => {
    const { origin, open } = await startRawServer(answer);
    const [before, began] = [process.memoryUsage().rss, performance.now()];
    expect(await ask(origin)).toMatchObject({
      kind: expect.stringMatching(/^(failed|unanswered|timed-out)$/) as string,
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
    await until(() => open() === 0, { what: 'the end of the connection' });
  });

  it.each(hugeAnswers)('is read no further than the first MiB: %s', async (_title, answer) => {
    const { origin, open } = await startRawServer(answer);
    const before = process.memoryUsage().rss;
    expect(await ask(origin, 30_000)).toEqual({ kind: 'passed', finding: 'answered 200', output: '' });
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
    await until(() => open() === 0, { what: 'the end of the connection' });
  });

  it('cannot redirect the check to another server', async () => {
    const other = await startRawServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    for (const location of redirects(other.origin, 'http://127.0.0.1')) {
      const service = await startRawServer((socket) =>
        socket.end(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\nset-cookie: a=b\r\n\r\n`),
      );
      expect(await ask(service.origin)).toEqual({ kind: 'passed', finding: 'answered 302', output: '' });
      expect(service.heard).toHaveLength(1);
    }
    expect(other.heard).toEqual([]);
  });
});
