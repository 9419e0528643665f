import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { runHealthCheck, type HealthVerdict } from '../../src/health/check.js';
import { resolveHealthCheckOptions } from '../../src/health/options.js';
import type { HealthCheckSpec } from '../../src/health/spec.js';
import type { Clock } from '../../src/ports/runtime.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';

const env = { PATH: process.env.PATH };

/** A clock that only counts: every pause between probes ends at once and is recorded. Timeouts never come. */
function counting(timeout: number): { clock: Clock; pauses: number[] } {
  let now = 0;
  const pauses: number[] = [];
  const sleep: Clock['sleep'] = (ms, signal) => {
    if (ms === timeout)
      return new Promise((resolve) =>
        signal?.addEventListener('abort', () => {
          resolve();
        }),
      );
    pauses.push(ms);
    now += ms;
    return Promise.resolve();
  };
  return { clock: { now: () => now, wall: () => now, sleep }, pauses };
}

/** The reports of a check for a service that gives these answers in this order, and the pauses between them. */
async function watch(statuses: readonly number[], options: { rise: number; fall: number }) {
  const left = [...statuses];
  const stop = new AbortController();
  const server = createServer((_request, response) => {
    response.writeHead(left.shift() ?? 500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/up`);
  const { clock, pauses } = counting(1500);
  const said: HealthVerdict[] = [];
  const sleep: Clock['sleep'] = (ms, signal) => {
    if (left.length === 0 && ms !== 1500) stop.abort();
    return clock.sleep(ms, signal);
  };
  const deps = { clock: { ...clock, sleep }, log: memoryLog(), env };
  const spec: HealthCheckSpec = { kind: 'http', url };
  await runHealthCheck(
    spec,
    { interval: 2000, timeout: 1500, ...options },
    (verdict) => said.push(verdict),
    deps,
    stop.signal,
  );
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  return { said, pauses, why: (status: number) => `GET ${url.href} answered ${status}` };
}

it('reports the first verdict and every change of it with the reason, and nothing else', async () => {
  const { said, why } = await watch([503, 503, 200, 200, 500, 200, 500, 404, 200, 302], { rise: 1, fall: 2 });
  expect(said).toEqual([
    { healthy: false, why: why(503) },
    { healthy: true, why: why(200) },
    { healthy: false, why: why(404) },
    { healthy: true, why: why(200) },
  ]);
});

it('probes a starting service more often, and one that has been healthy at the interval', async () => {
  const { pauses } = await watch([503, 503, 503, 503, 503, 503, 503, 200, 200, 500, 200], { rise: 1, fall: 1 });
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000, 2000]);
});

it('probes a service without a verdict more often too', async () => {
  const { said, pauses } = await watch([200, 200, 200, 200], { rise: 3, fall: 1 });
  expect(said).toMatchObject([{ healthy: true }]);
  expect(pauses).toEqual([100, 200, 2000, 2000]);
});

it('ends with its running command when its signal aborts, and never rejects', async () => {
  const stop = new AbortController();
  const log = memoryLog();
  const spec: HealthCheckSpec = { kind: 'command', argv: ['sleep', '300'] };
  const options = resolveHealthCheckOptions({ timeout: 60_000 });
  const said: HealthVerdict[] = [];
  const running = runHealthCheck(
    spec,
    options,
    (verdict) => said.push(verdict),
    { clock: realClock, log, env },
    stop.signal,
  );
  setImmediate(() => {
    stop.abort();
  });
  await running;
  expect(said).toEqual([]);
});

it('goes on after a command that cannot be started', async () => {
  const stop = new AbortController();
  const said: HealthVerdict[] = [];
  const spec: HealthCheckSpec = { kind: 'command', argv: ['/nowhere/at-all'] };
  const log = memoryLog();
  const options = resolveHealthCheckOptions({ interval: 5 });
  const running = runHealthCheck(
    spec,
    options,
    (verdict) => said.push(verdict),
    { clock: realClock, log, env },
    stop.signal,
  );
  await until(() => log.lines.length > 3, { what: 'more probes' });
  stop.abort();
  await running;
  expect(said).toEqual([
    { healthy: false, why: 'command `/nowhere/at-all` did not start: /nowhere/at-all does not exist' },
  ]);
});

it('puts the output of a command into the log at debug, and into no verdict', async () => {
  const stop = new AbortController();
  const log = memoryLog();
  const said: HealthVerdict[] = [];
  const spec: HealthCheckSpec = { kind: 'command', argv: ['sh', '-c', 'echo secret; echo word >&2; exit 1'] };
  const report = (verdict: HealthVerdict): void => {
    said.push(verdict);
    stop.abort();
  };
  await runHealthCheck(spec, resolveHealthCheckOptions(), report, { clock: realClock, log, env }, stop.signal);
  expect(said).toEqual([{ healthy: false, why: "command `sh -c 'echo secret; echo word >&2; exit 1'` exited with 1" }]);
  expect(log.lines).toMatchObject([
    { level: 'debug', fields: { output: 'secret\nword' } },
    { level: 'debug', fields: { ok: false } },
  ]);
});

it('gives a probe the interval, at most two seconds, as its default timeout', () => {
  expect(resolveHealthCheckOptions()).toEqual({ interval: 2000, timeout: 2000, rise: 1, fall: 3 });
  expect(resolveHealthCheckOptions({ interval: 500 })).toMatchObject({ interval: 500, timeout: 500 });
  expect(resolveHealthCheckOptions({ interval: 60_000 })).toMatchObject({ timeout: 2000 });
  expect(resolveHealthCheckOptions({ interval: 500, timeout: 900, rise: 2, fall: 5 })).toEqual({
    interval: 500,
    timeout: 900,
    rise: 2,
    fall: 5,
  });
});
