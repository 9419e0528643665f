import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, test } from 'vitest';
import { createHealthProbe } from '../../src/health/probe.js';
import type { HealthCheckSpec } from '../../src/health/spec.js';
import type { Clock } from '../../src/ports/runtime.js';
import { createAuthority } from '../support/certificates.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { pidIn, runs } from '../support/processes.js';
import { tempDir } from '../support/temp.js';

const never = new AbortController().signal;
const PATIENT = 20_000;
const opened: Server[] = [];

function probe(spec: HealthCheckSpec, timeout = PATIENT, signal = never, env = {}, clock = realClock) {
  return createHealthProbe(spec, clock, { PATH: process.env.PATH, ...env }).attempt(timeout, signal);
}

async function listen(server: Server): Promise<number> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const server of opened.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections();
    await closed;
  }
});

describe('a check by http', () => {
  const serve = async (answer: RequestListener) => `http://127.0.0.1:${await listen(createHttp(answer))}/health`;
  const ask = (url: string, timeout = PATIENT, signal = never) =>
    probe({ kind: 'http', url: new URL(url) }, timeout, signal);

  test.each([
    [200, 'passed'],
    [204, 'passed'],
    [301, 'passed'],
    [399, 'passed'],
    [400, 'failed'],
    [401, 'failed'],
    [404, 'failed'],
    [429, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('takes %i for an answer that has %s', async (status, kind) => {
    const url = await serve((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end('text'));
    expect(await ask(url)).toEqual({ kind, finding: `answered ${status}`, output: '' });
  });

  it('asks once, by a GET of the whole address on a connection that it does not keep', async () => {
    const asked: string[] = [];
    const url = await serve(({ method, url: path, headers }, response) => {
      asked.push(`${method ?? ''} ${path ?? ''} ${headers.connection ?? ''} ${headers['user-agent'] ?? ''}`);
      response.writeHead(302, { location: '/again' }).end();
    });
    await ask(`${url}?deep=1`);
    expect(asked).toEqual(['GET /health?deep=1 close rollcall']);
  });

  it('takes a port without a listener for unhealthy', async () => {
    const port = await freePort();
    expect(await ask(`http://127.0.0.1:${port}/`)).toEqual({
      kind: 'unanswered',
      finding: `failed: connect ECONNREFUSED 127.0.0.1:${port}`,
      output: '',
    });
  });

  it('takes a service of another protocol for unhealthy', async () => {
    const port = await listen(
      createTcp((socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .end('220 mail.example.com\r\n'),
      ),
    );
    expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({
      kind: 'unanswered',
      finding: expect.stringMatching(/^failed: /) as string,
    });
  });

  it('takes no answer in time for unhealthy', async () => {
    const url = await serve(() => undefined);
    expect(await ask(url, 50)).toEqual({ kind: 'timed-out', finding: 'did not answer within 50 ms', output: '' });
  });

  it('takes an answer that does not end in time for unhealthy', async () => {
    const url = await serve((_request, response) => response.write('the first half'));
    expect(await ask(url, 50)).toEqual({ kind: 'timed-out', finding: 'did not answer within 50 ms', output: '' });
  });

  it('takes an answer that is cut off for unhealthy', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy());
    });
    expect(await ask(url)).toMatchObject({ kind: 'unanswered' });
  });

  it('does not wait for the end of an endless answer', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await ask(url)).toEqual({ kind: 'passed', finding: 'answered 200', output: '' });
  });

  it('verifies neither the issuer of the certificate nor its name', async () => {
    const { cert, key } = createAuthority().issue(['web.example.com']);
    const port = await listen(createHttps({ cert, key }, (_request, response) => response.end()));
    expect(await ask(`https://127.0.0.1:${port}/`)).toEqual({ kind: 'passed', finding: 'answered 200', output: '' });
  });

  it('rejects with the reason of a signal that aborts', async () => {
    const stop = new AbortController();
    const url = await serve(() => {
      stop.abort(new Error('stopping'));
    });
    await expect(ask(url, PATIENT, stop.signal)).rejects.toThrow('stopping');
  });
});

describe('a check by tcp', () => {
  const ask = (port: number, host = '127.0.0.1') => probe({ kind: 'tcp', host, port });

  it('takes a connection for healthy, and ends it', async () => {
    let ended = false;
    const port = await listen(createTcp((socket) => socket.resume().on('close', () => (ended = true))));
    expect(await ask(port)).toEqual({ kind: 'passed', finding: 'was accepted', output: '' });
    await until(() => ended, { what: 'the end of the connection' });
  });

  it('takes one of the addresses of a name for healthy', async () => {
    const port = await listen(createTcp((socket) => socket.resume()));
    expect(await ask(port, 'localhost')).toMatchObject({ kind: 'passed' });
  });

  it('takes a port without a listener for unhealthy', async () => {
    const port = await freePort();
    expect(await ask(port)).toEqual({
      kind: 'unanswered',
      finding: `failed: connect ECONNREFUSED 127.0.0.1:${port}`,
      output: '',
    });
  });
});

describe('a check by command', () => {
  const ask = (argv: readonly string[], env = {}, clock = realClock) =>
    probe({ kind: 'command', argv }, PATIENT, never, env, clock);

  test.each([
    [['true'], 'passed', 'exited with 0'],
    [['sh', '-c', 'exit 1'], 'failed', 'exited with 1'],
    [['sh', '-c', 'kill -TERM $$'], 'unanswered', 'was ended by SIGTERM'],
    [['/nowhere/at-all'], 'unanswered', 'did not start: /nowhere/at-all does not exist'],
  ])('takes %j for a probe that has %s', async (argv, kind, finding) => {
    expect(await ask(argv)).toEqual({ kind, finding, output: '' });
  });

  it('has the environment, but not the credentials of etcd', async () => {
    const script = 'test "$PGHOST" = db.example.com && test -z "${ETCDCTL_PASSWORD+set}${ETCDCTL_USER+set}"';
    const env = { PGHOST: 'db.example.com', ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: 'word' };
    expect(await ask(['sh', '-c', script], env)).toMatchObject({ kind: 'passed' });
  });

  it('keeps the output of the command apart from the finding', async () => {
    expect(await ask(['sh', '-c', 'echo secret; echo word >&2; exit 1'])).toEqual({
      kind: 'failed',
      finding: 'exited with 1',
      output: 'secret\nword',
    });
  });

  it('is ended at the timeout with all processes that it started', async () => {
    const file = join(await tempDir(), 'pid');
    const sleep: Clock['sleep'] = async (ms, signal) => {
      if (ms === PATIENT) await until(() => pidIn(file), { what: 'the pid of what it started', deadline: PATIENT });
      else await realClock.sleep(ms, signal);
    };
    const script = `sleep 300 & echo $! > ${file}; wait`;
    expect(await ask(['sh', '-c', script], {}, { ...realClock, sleep })).toEqual({
      kind: 'timed-out',
      finding: 'did not end within 20000 ms, and its process group was ended',
      output: '',
    });
    expect(runs(pidIn(file) ?? NaN)).toBe(false);
  });
});
