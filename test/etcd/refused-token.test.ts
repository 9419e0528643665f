import { expect, it, onTestFinished } from 'vitest';
import { startHostileEtcd, type Behaviour, type Behaviours, type HostileEtcd } from '../support/hostile-etcd.js';
import { until } from '../support/poll.js';
import { clientOf, follow } from './follow.js';
import { isCreate } from './hostile-server.js';

const header = { cluster_id: '1', revision: '7', raft_term: '1' };
const auth = { username: 'reader', password: 'correct horse' };

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
const UNKNOWN = 2;
const INVALID_ARGUMENT = 3;
const UNAUTHENTICATED = 16;

const refuse =
  (status: number, words: string): Behaviour =>
  (_request, call) => {
    call.end(status, words);
  };

const say =
  (message: object): Behaviour =>
  (_request, call) => {
    call.send(message);
    call.end();
  };

/** Refuses the first `times` calls, and then behaves. */
function refuseFirst(times: number, refusal: Behaviour, then: Behaviour): Behaviour {
  let left = times;
  return (request, call) => {
    left -= 1;
    (left >= 0 ? refusal : then)(request, call);
  };
}

const watch: Behaviour = (request, call) => {
  if (isCreate(request)) call.send({ header, created: true, watch_id: '0' });
  else call.send({ header, watch_id: '-1' });
};

const healthy: Behaviours = {
  'Auth/Authenticate': say({ header, token: 'token.1' }),
  'KV/Range': say({ header }),
  'KV/Put': say({ header }),
  'Watch/Watch': watch,
  'Maintenance/Status': say({ header, version: '3.4.23' }),
};

async function start(behaviours: Behaviours): Promise<HostileEtcd> {
  const server = await startHostileEtcd({ ...healthy, ...behaviours });
  onTestFinished(() => server.close());
  return server;
}

const countOf = ({ calls }: HostileEtcd, method: string): number => calls.filter((one) => one === method).length;

it.each([
  ['an unknown token', UNAUTHENTICATED, 'etcdserver: invalid auth token'],
  ['an unknown token, in a status of an older server', UNKNOWN, 'auth: invalid auth token'],
  ['a token from before a change of users', INVALID_ARGUMENT, 'etcdserver: revision of auth store is old'],
  ['the same, found before the request is applied', UNKNOWN, 'auth: revision in header is old'],
])('logs in and sends a write again after %s', async (_title, status, words) => {
  const refused = refuse(status, words);
  const server = await start({ 'KV/Put': refuseFirst(1, refused, say({ header })) });
  await clientOf({ endpoints: [server.endpoint], auth }).put('/a', '1');
  expect(server.calls).toEqual(['Auth/Authenticate', 'KV/Put', 'Auth/Authenticate', 'KV/Put']);
});

it.each([
  ['before it confirms the watch', UNAUTHENTICATED, 'etcdserver: invalid auth token'],
  ['in the words of etcd 3.4', UNKNOWN, 'etcdserver: permission denied'],
])('opens a watch again at once when the server refuses its token %s', async (_title, status, words) => {
  const cancelled: Behaviour = (_request, call) => {
    call.send({ header, created: true, canceled: true, watch_id: '-1', cancel_reason: words });
  };
  for (const refusal of [refuse(status, words), cancelled]) {
    const server = await start({ 'Watch/Watch': refuseFirst(1, refusal, watch) });
    const following = follow({ endpoints: [server.endpoint], auth }, { keys: { prefix: '/a/' } });
    await following.reaches('live');
    expect(following.states.filter(({ kind }) => kind === 'waiting')).toEqual([]);
    expect(countOf(server, 'Watch/Watch')).toBe(2);
    expect(countOf(server, 'Auth/Authenticate')).toBe(2);
    await following.stop();
  }
});

it('says that new tokens are refused too, does not blame the password, and does not log in without a pause', async () => {
  const refused = refuse(UNAUTHENTICATED, 'etcdserver: invalid auth token');
  const server = await start({ 'KV/Range': refused, 'Watch/Watch': refused });
  const following = follow({ endpoints: [server.endpoint], auth }, { keys: { prefix: '/a/' } });
  const waiting = await until(() => {
    const found = following.states.filter((state) => state.kind === 'waiting');
    return found.length >= 4 ? found : undefined;
  });
  for (const { error } of waiting) expect(error).toMatchObject({ code: 'ETCD_TOKEN', retry: true });
  // A list makes two attempts at the only endpoint and one more after the first new login.
  expect(countOf(server, 'Auth/Authenticate')).toBeLessThanOrEqual(3 * (waiting.length + 1));
  server.turn(healthy);
  await following.reaches('live');
});

it('refuses a watch that stays denied with a new token, after one new login', async () => {
  const server = await start({ 'Watch/Watch': refuse(UNKNOWN, 'etcdserver: permission denied') });
  const following = follow({ endpoints: [server.endpoint], auth }, { keys: { prefix: '/a/' } });
  const count = await until(() => {
    const denied = following.states.filter((state) => state.kind === 'waiting');
    return denied.length >= 4 ? denied.length : undefined;
  });
  expect(following.states.find(({ kind }) => kind === 'waiting')).toMatchObject({ error: { code: 'ETCD_DENIED' } });
  expect(countOf(server, 'Auth/Authenticate')).toBeLessThanOrEqual(count + 2);
});

it('asks for a login when the server wants one and none is configured', async () => {
  const server = await start({ 'KV/Range': refuse(UNAUTHENTICATED, 'Jwt is missing') });
  const etcd = clientOf({ endpoints: [server.endpoint] });
  await expect(etcd.range({ key: '/a' })).rejects.toMatchObject({ code: 'ETCD_LOGIN' });
  expect(server.calls).toEqual(['KV/Range']);
});

it('quotes the server when the login itself is refused in other words than etcd’s', async () => {
  const server = await start({ 'Auth/Authenticate': refuse(UNAUTHENTICATED, 'Jwt is missing') });
  const etcd = clientOf({ endpoints: [server.endpoint], auth });
  await expect(etcd.range({ key: '/a' })).rejects.toMatchObject({
    code: 'ETCD_LOGIN',
    message: 'log in to etcd as reader: the server refuses: Jwt is missing',
  });
});
