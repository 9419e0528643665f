import { describe, expect, it } from 'vitest';
import { resources } from '../../src/kubernetes/resources.js';
import { hostileAnswers, startRawServer } from '../support/hostile-http.js';
import { until } from '../support/poll.js';
import { answer, configMapNamed, connectToFake, refuse, startFakeApi, type Handler } from './support/fake-api.js';

const { configMap } = resources;
const web = { namespace: 'default', name: 'web' };
const object = { metadata: web, data: {} };

describe('a call', () => {
  it.each([
    ['is overloaded', 429, 'TooManyRequests', { 'retry-after': '0' }],
    ['fails inside', 500, 'InternalError', {}],
    ['restarts behind a load balancer', 503, 'ServiceUnavailable', {}],
    ['reaches its own time limit', 504, 'Timeout', {}],
  ])('that reads is sent again when the server %s', async (_when, status, reason, headers) => {
    const api = await startFakeApi((n, response) => {
      if (n <= 2) refuse(response, status, reason, headers);
      else answer(response, 200, configMapNamed('web'));
    });
    const kube = await connectToFake(api.server);
    expect(await kube.get(configMap, web)).toMatchObject({ metadata: { name: 'web' } });
    expect(api.heard).toHaveLength(3);
    expect(new Set(api.heard.map(({ connection }) => connection)).size).toBe(1);
  });

  it('waits as long as an overloaded server asks, also before it writes', async () => {
    const times: number[] = [];
    const api = await startFakeApi((n, response) => {
      times.push(performance.now());
      if (n === 1) refuse(response, 429, 'TooManyRequests', { 'retry-after': '1' });
      else answer(response, 201, configMapNamed('web'));
    });
    await (await connectToFake(api.server)).create(configMap, object);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990);
  });

  it('leaves a long wait to the caller', async () => {
    const api = await startFakeApi((_n, response) => {
      refuse(response, 429, 'TooManyRequests', { 'retry-after': '3600' });
    });
    await expect((await connectToFake(api.server)).get(configMap, web)).rejects.toMatchObject({
      code: 'KUBE_UNREACHABLE',
      retry: true,
      traits: { retryAfter: 3_600_000, maybeSent: false },
    });
    expect(api.heard).toHaveLength(1);
  });

  const lost: readonly (readonly [string, Handler])[] = [
    [
      'with 500',
      (_n, response) => {
        refuse(response, 500, 'InternalError');
      },
    ],
    [
      'by a cut connection',
      (_n, response) => {
        response.destroy();
      },
    ],
    [
      'by half an answer',
      (_n, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"kind');
        setImmediate(() => response.destroy());
      },
    ],
    ['by silence', () => undefined],
  ];
  describe.each(lost)('whose answer is lost %s', (how, handler) => {
    it.each([
      ['create', 1],
      ['replace', 1],
      ['a patch', 1],
      ['a patch that may be repeated', 4],
      ['apply', 4],
      ['an apply to one version', 1],
      ['delete', 1],
      ['a delete of one uid', 4],
      ['get', 4],
    ] as const)('of %s is sent %i times in all', async (what, times) => {
      const api = await startFakeApi(handler);
      const kube = await connectToFake(api.server, { callTimeout: how === 'by silence' ? 400 : 20_000 });
      const versioned = { ...object, metadata: { ...web, resourceVersion: '7' } };
      const acts = {
        create: () => kube.create(configMap, object),
        replace: () => kube.replace(configMap, versioned),
        'a patch': () => kube.patch(configMap, web, {}),
        'a patch that may be repeated': () => kube.patch(configMap, web, {}, { repeatable: true }),
        apply: () => kube.apply(configMap, object),
        'an apply to one version': () => kube.apply(configMap, versioned),
        delete: () => kube.delete(configMap, web),
        'a delete of one uid': () => kube.delete(configMap, web, { uid: 'x' }),
        get: () => kube.get(configMap, web),
      };
      await expect(acts[what]()).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE', traits: { maybeSent: true } });
      expect(api.heard).toHaveLength(times);
    });
  });

  it('that certainly was not sent is sent again, also when it writes', async () => {
    const kube = await connectToFake('http://127.0.0.1:1');
    const started = performance.now();
    await expect(kube.create(configMap, object)).rejects.toMatchObject({
      code: 'KUBE_UNREACHABLE',
      message:
        'create configmaps default/web: the API server at http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
      traits: { maybeSent: false },
    });
    // Three pauses of at least 50, 100 and 200 ms.
    expect(performance.now() - started).toBeGreaterThan(340);
  });

  it('is not counted as unsent when an earlier attempt was sent', async () => {
    const api = await startFakeApi((n, response) => {
      if (n === 1) response.destroy();
      else refuse(response, 429, 'TooManyRequests');
    });
    const kube = await connectToFake(api.server);
    await expect(kube.apply(configMap, object)).rejects.toMatchObject({
      code: 'KUBE_UNREACHABLE',
      message: expect.stringContaining('is overloaded') as unknown,
      traits: { status: 429, maybeSent: true },
    });
    expect(api.heard).toHaveLength(4);
  });

  it('is not counted as unsent when it has waited for a connection of others', async () => {
    const api = await startFakeApi((n, response) => {
      if (n <= 20)
        setTimeout(() => {
          answer(response, 200, configMapNamed('web'));
        }, 20);
      else response.destroy();
    });
    const kube = await connectToFake(api.server);
    const reads = Array.from({ length: 20 }, () => kube.get(configMap, web));
    const write = (await Promise.allSettled([...reads, kube.create(configMap, object)])).at(-1);
    expect(write).toMatchObject({ status: 'rejected', reason: { traits: { maybeSent: true } } });
    expect(api.heard).toHaveLength(21);
  });

  it('takes a refusal right after a new connection as passing, and one later as meant', async () => {
    const api = await startFakeApi((n, response) => {
      if (n <= 2 || n >= 4) refuse(response, 403, 'Forbidden');
      else answer(response, 201, configMapNamed('web'));
    });
    const kube = await connectToFake(api.server);
    await kube.create(configMap, object);
    expect(api.heard).toHaveLength(3);
    await expect(kube.create(configMap, object)).rejects.toMatchObject({
      code: 'KUBE_DENIED',
      traits: { maybeSent: false },
    });
    const meant = api.heard.length;
    const opened = performance.now();
    await until(() => performance.now() - opened > 1100);
    await expect(kube.create(configMap, object)).rejects.toMatchObject({ code: 'KUBE_DENIED' });
    expect(api.heard).toHaveLength(meant + 1);
  });

  it('takes a refusal soon after a failed answer as passing, over an old connection too', async () => {
    const api = await startFakeApi((n, response) => {
      if (n === 2) refuse(response, 503, 'ServiceUnavailable');
      else if (n === 3) refuse(response, 403, 'Forbidden');
      else answer(response, 200, configMapNamed('web'));
    });
    const kube = await connectToFake(api.server);
    await kube.get(configMap, web);
    const opened = performance.now();
    await until(() => performance.now() - opened > 1100);
    expect(await kube.get(configMap, web)).toBeDefined();
    expect(new Set(api.heard.map(({ connection }) => connection)).size).toBe(1);
    expect(api.heard).toHaveLength(4);
  });

  it('ends with the reason of its signal, and leaves no connection', async () => {
    const api = await startFakeApi(() => undefined);
    const kube = await connectToFake(api.server);
    const reason = new Error('enough');
    const stop = new AbortController();
    const call = kube.get(configMap, web, stop.signal);
    await until(() => api.heard.length === 1);
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    await until(() => api.open() === 0);
  });

  it('sends its token only to the configured server, and follows no redirect', async () => {
    const other = await startFakeApi((_n, response) => {
      answer(response, 200, configMapNamed('web'));
    });
    const api = await startFakeApi((_n, response) => {
      response.writeHead(307, { location: `${other.server}/stolen` }).end();
    });
    const kube = await connectToFake(api.server, {}, { token: 'secret-token' });
    const failure = await kube.get(configMap, web).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'KUBE_ANSWER' });
    expect(String(failure)).not.toContain('secret-token');
    expect(api.heard[0]?.headers.authorization).toBe('Bearer secret-token');
    expect(other.heard).toHaveLength(0);
  });

  it('keeps the path of a server that stands below one', async () => {
    const api = await startFakeApi((_n, response) => {
      answer(response, 200, configMapNamed('web'));
    });
    await (await connectToFake(`${api.server}/clusters/c1/`)).get(configMap, web);
    expect(api.heard[0]?.path).toBe('/clusters/c1/api/v1/namespaces/default/configmaps/web');
  });
});

describe('an answer', () => {
  it.each([
    ['no JSON', '<html>'],
    ['no object', '[]'],
    ['an object without a name', '{"kind":"ConfigMap","apiVersion":"v1","metadata":{}}'],
    ['another kind', JSON.stringify(configMapNamed('web', { kind: 'Secret' }))],
    [
      'another namespace',
      JSON.stringify(
        configMapNamed('web', { metadata: { name: 'web', namespace: 'other', uid: 'u', resourceVersion: '1' } }),
      ),
    ],
    [
      'no resource version',
      JSON.stringify(configMapNamed('web', { metadata: { name: 'web', namespace: 'default', uid: 'u' } })),
    ],
  ])('with %s is refused', async (_what, body) => {
    const api = await startFakeApi((_n, response) => void response.writeHead(200).end(body));
    await expect((await connectToFake(api.server)).get(configMap, web)).rejects.toMatchObject({
      code: 'KUBE_ANSWER',
      retry: true,
    });
  });

  it('of a page that is no Status is not shown', async () => {
    const api = await startFakeApi(
      (_n, response) => void response.writeHead(418).end('<html>\u001b[31mlong page</html>'),
    );
    await expect((await connectToFake(api.server)).get(configMap, web)).rejects.toMatchObject({
      code: 'KUBE_REFUSED',
      message: expect.stringMatching(/answered with status 418$/) as unknown,
    });
  });

  it.each(hostileAnswers)('that is %s ends in time', async (_title, act) => {
    const server = await startRawServer(act);
    const kube = await connectToFake(server.origin, { callTimeout: 300, dialTimeout: 300 });
    const failure: unknown = await kube.get(configMap, web).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: expect.stringMatching(/^KUBE_(UNREACHABLE|ANSWER)$/) as unknown });
    await until(() => server.open() === 0, { what: 'the end of all connections' });
  });
});
