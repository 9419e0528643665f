import { describe, expect, it } from 'vitest';
import type { ServerResponse } from 'node:http';
import { resources } from '../../../src/kubernetes/resources.js';
import { until } from '../../support/poll.js';
import {
  answer,
  configMapNamed,
  connectToFake,
  refuse,
  startFakeApi,
  type FakeApi,
  type HeardRequest,
} from '../support/fake-api.js';
import { follow, type Following } from '../support/follow.js';

const query = { resource: resources.configMap, namespace: 'default' };

type Act = (n: number, response: ServerResponse, request: HeardRequest) => void;

const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const configMapAt = (name: string, resourceVersion: string): object =>
  configMapNamed(name, { metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion } });
const bookmark = (resourceVersion: string): string =>
  event('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion } });
const listing = (resourceVersion: string, names: readonly string[], next?: string): object => ({
  kind: 'ConfigMapList',
  metadata: { resourceVersion, continue: next },
  items: names.map((name) => configMapAt(name, resourceVersion)),
});

/** A source of a server that lists one object at version 10, and lets a test answer each watch. */
async function followFake(
  onWatch: Act,
  onList?: Act,
): Promise<{ api: FakeApi; following: Following; watches: () => URLSearchParams[] }> {
  let [lists, watches] = [0, 0];
  const api = await startFakeApi((_n, response, request) => {
    if (request.path.includes('watch=true')) onWatch(++watches, response, request);
    else if (onList === undefined) answer(response, 200, listing('10', ['web']));
    else onList(++lists, response, request);
  });
  const following = follow(await connectToFake(api.server, { callTimeout: 20_000 }), { query });
  const asked = (): URLSearchParams[] =>
    api.heard
      .filter(({ path }) => path.includes('watch=true'))
      .map(({ path }) => new URL(path, api.server).searchParams);
  return { api, following, watches: asked };
}

/** Begins the answer to a watch and leaves it open. */
function stream(response: ServerResponse, ...texts: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const text of texts) response.write(text);
}

describe('a watch', () => {
  it('resumes after the last event, or after a later bookmark', async () => {
    const { watches, following } = await followFake((n, response) => {
      if (n === 1) stream(response, event('ADDED', configMapAt('api', '11')));
      if (n === 2) stream(response, bookmark('25'));
      if (n <= 2) setImmediate(() => response.end());
      else stream(response);
    });
    await until(() => watches().length === 3);
    expect(watches().map((asked) => asked.get('resourceVersion'))).toEqual(['10', '11', '25']);
    expect(watches()[0]?.get('allowWatchBookmarks')).toBe('true');
    expect(Number(watches()[0]?.get('timeoutSeconds'))).toBeGreaterThan(0);
    expect(following.source.counts.lists).toBe(1);
  });

  it.each([
    [
      'at its start',
      (response: ServerResponse) => {
        refuse(response, 410, 'Expired');
      },
    ],
    [
      'later',
      (response: ServerResponse) => {
        stream(response, event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }));
      },
    ],
    [
      'by a store that went back in time',
      (response: ServerResponse) => {
        stream(response, bookmark('9'));
      },
    ],
  ])('that is told %s that its version is gone lists again', async (_when, act) => {
    const { following } = await followFake((n, response) => {
      if (n === 1) act(response);
      else stream(response);
    });
    await until(() => following.source.counts.lists === 2);
    await following.reaches('live');
  });

  it.each([
    [
      'an error inside',
      event('ERROR', { kind: 'Status', code: 500, reason: 'InternalError', message: 'oops' }),
      'KUBE_UNREACHABLE',
    ],
    ['an error without a code', event('ERROR', { kind: 'Status' }), 'KUBE_UNREACHABLE'],
    ['no JSON', '{"type":\n', 'KUBE_ANSWER'],
    ['an unknown event', event('SOMETHING', configMapAt('api', '11')), 'KUBE_ANSWER'],
    [
      'an object of another namespace',
      event(
        'ADDED',
        configMapNamed('api', { metadata: { name: 'api', namespace: 'x', uid: 'u', resourceVersion: '11' } }),
      ),
      'KUBE_ANSWER',
    ],
    ['an object of another kind', event('ADDED', configMapNamed('api', { kind: 'Secret' })), 'KUBE_ANSWER'],
    ['a bookmark without a version', event('BOOKMARK', { metadata: {} }), 'KUBE_ANSWER'],
    ['an event without end', 'x'.repeat(17 << 20), 'KUBE_ANSWER'],
  ])('that gets %s keeps what came before, and opens again', async (_what, text, code) => {
    const { following, watches } = await followFake((n, response) => {
      if (n > 1) stream(response);
      // A line that never ends comes in a later chunk than the event.
      else if (text.length < 1000) stream(response, event('ADDED', configMapAt('api', '11')) + text);
      else stream(response, event('ADDED', configMapAt('api', '11')), text);
    });
    await until(() => watches().length === 2);
    expect([...following.content.keys()].sort()).toEqual(['default/api', 'default/web']);
    expect(watches()[1]?.get('resourceVersion')).toBe('11');
    expect(following.states).toContainEqual(
      expect.objectContaining({ kind: 'waiting', error: expect.objectContaining({ code }) as unknown }),
    );
    expect(following.source.counts.lists).toBe(1);
  });

  it('that ends within an event does not deliver it', async () => {
    const { following, watches } = await followFake((n, response) => {
      if (n === 1) {
        stream(response, event('ADDED', configMapAt('api', '11')).slice(0, -10));
        setImmediate(() => response.end());
      } else stream(response);
    });
    await until(() => watches().length === 2);
    expect([...following.content.keys()]).toEqual(['default/web']);
    expect(watches()[1]?.get('resourceVersion')).toBe('10');
  });

  it('that always ends at once is not opened without a pause', async () => {
    const started = performance.now();
    const { watches } = await followFake((_n, response) => {
      stream(response);
      response.end();
    });
    await until(() => watches().length === 8);
    // Seven pauses: at least 10, 20, 40, 80 and three times 100 ms.
    expect(performance.now() - started).toBeGreaterThan(400);
  });

  it('waits as long as an overloaded server asks', async () => {
    const { following } = await followFake((_n, response) => {
      refuse(response, 429, 'TooManyRequests', { 'retry-after': '60' });
    });
    expect(await following.reaches('waiting')).toMatchObject({ retryInMs: 60_000 });
  });

  it('ends with its signal, and leaves no connection', async () => {
    const { api, following, watches } = await followFake((_n, response) => {
      stream(response);
    });
    await until(() => watches().length === 1);
    await following.stop();
    await until(() => api.open() <= 1, { what: 'the end of the watch; the connection of the list may stay' });
  });
});

describe('a list', () => {
  const quiet: Act = (_n, response) => {
    stream(response);
  };
  const parameters = (request: HeardRequest): URLSearchParams => new URL(request.path, 'http://x').searchParams;

  it('starts again when its pages are gone, and is read in one piece in the end', async () => {
    const { following, api } = await followFake(quiet, (_n, response, request) => {
      const asked = parameters(request);
      if (asked.get('limit') === null) answer(response, 200, listing('20', ['a', 'b', 'c']));
      else if (asked.get('continue') === null) answer(response, 200, listing('10', ['a'], 'next'));
      else refuse(response, 410, 'Expired');
    });
    await until(() => following.content.size === 3);
    expect(api.heard.filter(({ path }) => !path.includes('watch=true'))).toHaveLength(7);
    expect(following.batches).toHaveLength(1);
  });

  it.each([
    ['pages of different versions', (n: number) => listing(String(n), ['a'], 'next')],
    ['the same page again', () => listing('10', ['a'], 'next')],
    ['no version', () => ({ metadata: {}, items: [] })],
    ['items that are no list', () => ({ metadata: { resourceVersion: '1' }, items: {} })],
    [
      'an object of another namespace',
      () => ({
        metadata: { resourceVersion: '1' },
        items: [{ metadata: { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1' } }],
      }),
    ],
  ])('with %s is refused, and nothing of it is delivered', async (_what, make) => {
    const { following } = await followFake(quiet, (n, response) => {
      answer(response, 200, make(n));
    });
    const state = await following.reaches('waiting');
    expect(state).toMatchObject({ error: { code: 'KUBE_ANSWER' } });
    expect(following.batches).toEqual([]);
  });

  it('accepts empty pages before others, and a list without items', async () => {
    const { following } = await followFake(quiet, (n, response) => {
      answer(response, 200, n < 3 ? listing('10', [], `page-${n}`) : listing('10', ['a']));
    });
    await until(() => following.content.size === 1);
    const empty = await followFake(quiet, (_n, response) => {
      answer(response, 200, { metadata: { resourceVersion: '1' }, items: null });
    });
    await empty.following.reaches('live');
    expect(empty.following.batches).toMatchObject([{ kind: 'sync', objects: [] }]);
  });

  it('asks for smaller pages when an answer is too large', async () => {
    const { api, following } = await followFake(quiet, (_n, response, request) => {
      const limit = Number(parameters(request).get('limit'));
      if (limit > 63) response.writeHead(200).end(Buffer.alloc((64 << 20) + 1, 0x20));
      else answer(response, 200, listing('10', ['a']));
    });
    await until(() => following.content.size === 1, { deadline: 30_000 });
    const limits = api.heard
      .filter(({ path }) => !path.includes('watch=true'))
      .map((request) => parameters(request).get('limit'));
    expect(limits).toEqual(['500', '63']);
  });
});
