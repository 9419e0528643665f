import { describe, expect, it } from 'vitest';
import { createConnections } from '../../src/etcd/connections.js';
import { connectionFrom } from '../../src/etcd/environment.js';
import { parseEndpoint } from '../../src/etcd/endpoint.js';
import { etcdSchema } from '../../src/etcd/schema.js';
import { ordersProgress } from '../../src/etcd/watch/version.js';
import { realClock } from '../support/clock.js';

describe('an endpoint', () => {
  it.each([
    ['http://127.0.0.1:2379', false, { secure: false, target: 'dns:127.0.0.1:2379', host: '127.0.0.1' }],
    ['https://etcd-0.example.com:2379', true, { secure: true, target: 'dns:etcd-0.example.com:2379' }],
    ['https://etcd-0.example.com/', true, { secure: true, target: 'dns:etcd-0.example.com:2379' }],
    ['http://[::1]:2379', false, { secure: false, target: 'dns:[::1]:2379', host: '::1' }],
    ['[2001:db8::1]', false, { secure: false, target: 'dns:[2001:db8::1]:2379' }],
    ['etcd-0.example.com:4001', false, { secure: false, target: 'dns:etcd-0.example.com:4001' }],
    ['etcd-0.example.com:4001', true, { secure: true, target: 'dns:etcd-0.example.com:4001' }],
    ['etcd', false, { secure: false, target: 'dns:etcd:2379' }],
    ['https://etcd:443', true, { secure: true, target: 'dns:etcd:443' }],
  ])('%s (tls: %s)', (text, hasTls, expected) => {
    expect(parseEndpoint(text, hasTls)).toMatchObject({ name: text, ...expected });
  });

  it.each([
    ['', /no host/],
    ['http://', /no host/],
    [':2379', /no host/],
    ['etcd:port', /port/],
    ['etcd:0', /port/],
    ['etcd:65536', /port/],
    ['unix:///run/etcd.sock', /scheme|path/],
    ['ftp://etcd:2379', /scheme/],
    ['http://etcd:2379/v3', /path/],
    ['http://root:secret@etcd:2379', /auth/],
    ['::1:2379', /brackets/],
    ['etcd 0:2379', /no host/],
  ])('refuses %j', (text, problem) => {
    expect(parseEndpoint(text, false)).toMatchObject({ problem: expect.stringMatching(problem) as unknown });
  });
});

describe('the etcd block', () => {
  const problems = (block: unknown): string[] =>
    etcdSchema.safeParse(block).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

  it('takes all its keys', () => {
    const block = {
      endpoints: ['https://a.example.com:2379'],
      tls: { ca: 'ca.pem', cert: 'c.pem', key: 'k.pem', serverName: 'etcd' },
      auth: { username: 'u', passwordFile: 'p' },
      callTimeout: '5s',
      dialTimeout: '500ms',
    };
    expect(etcdSchema.parse(block)).toEqual({ ...block, callTimeout: 5000, dialTimeout: 500 });
  });

  it.each([
    [{ endpoint: [] }, 'Unrecognized key'],
    [{ endpoints: [] }, 'endpoints:'],
    [{ endpoints: ['a:1', 'b:x'] }, 'endpoints.1: its port'],
    [{ endpoints: ['http://a:1'], tls: {} }, 'endpoints.0: is not encrypted'],
    [{ tls: { cert: 'c.pem' } }, 'tls.cert: needs `key`'],
    [{ tls: { key: 'k.pem' } }, 'tls.key: needs `cert`'],
    [{ auth: { username: 'u' } }, 'auth: needs either'],
    [{ auth: { username: 'u', password: 'p', passwordFile: 'f' } }, 'auth: needs either'],
    [{ callTimeout: '5' }, 'callTimeout: "5" is no duration'],
    [{ dialTimeout: '1ms' }, 'dialTimeout: must be at least'],
  ])('refuses %j', (block, problem) => {
    expect(problems(block).join('\n')).toContain(problem);
  });
});

describe('the ETCDCTL_ variables', () => {
  const all = {
    ETCDCTL_ENDPOINTS: 'https://a:2379, https://b:2379',
    ETCDCTL_CACERT: 'ca',
    ETCDCTL_CERT: 'cert',
    ETCDCTL_KEY: 'key',
    ETCDCTL_USER: 'me:pass:word',
  };

  it('fill in what the config does not set', () => {
    expect(connectionFrom(undefined, all)).toEqual({
      endpoints: ['https://a:2379', 'https://b:2379'],
      tls: { ca: 'ca', cert: 'cert', key: 'key' },
      auth: { username: 'me', password: 'pass:word', from: 'ETCDCTL_USER' },
      callTimeout: 5000,
      dialTimeout: 2000,
    });
  });

  it('are ignored for what the config sets', () => {
    const block = etcdSchema.parse({
      endpoints: ['https://c:2379'],
      tls: { ca: 'own' },
      auth: { username: 'u', passwordFile: 'f' },
      callTimeout: '1s',
    });
    expect(connectionFrom(block, all)).toEqual({
      endpoints: ['https://c:2379'],
      tls: { ca: 'own' },
      auth: { username: 'u', passwordFile: 'f' },
      callTimeout: 1000,
      dialTimeout: 2000,
    });
  });

  it('leave the defaults when they are empty', () => {
    const defaults = { callTimeout: 5000, dialTimeout: 2000 };
    expect(connectionFrom({}, { ETCDCTL_ENDPOINTS: '', ETCDCTL_USER: '' })).toEqual({
      endpoints: ['http://127.0.0.1:2379'],
      ...defaults,
    });
    const secure = { endpoints: ['https://127.0.0.1:2379'], tls: { ca: 'ca' }, ...defaults };
    expect(connectionFrom({ tls: { ca: 'ca' } }, {})).toEqual(secure);
  });

  it('take all of ETCDCTL_USER as the name when ETCDCTL_PASSWORD is set', () => {
    const { auth } = connectionFrom({}, { ETCDCTL_USER: 'a:b', ETCDCTL_PASSWORD: 'p' });
    expect(auth).toEqual({ username: 'a:b', password: 'p', from: 'ETCDCTL_USER' });
  });

  it.each([
    [{ ETCDCTL_ENDPOINTS: 'etcd:x' }, /ETCDCTL_ENDPOINTS.*port/],
    [{ ETCDCTL_CERT: 'c' }, /ETCDCTL_CERT is set, but ETCDCTL_KEY is not/],
    [{ ETCDCTL_KEY: 'c' }, /ETCDCTL_KEY is set, but ETCDCTL_CERT is not/],
    [{ ETCDCTL_USER: 'me' }, /ETCDCTL_USER has no password/],
    [{ ETCDCTL_PASSWORD: 'p' }, /ETCDCTL_PASSWORD is set, but ETCDCTL_USER is not/],
  ])('are refused when they are wrong: %j', (env, message) => {
    expect(() => connectionFrom({}, env)).toThrow(message);
  });

  it.each(['https://root:hunter2@a', 'root:hunter2@a', 'http://b,https://root:hun/ter2@a'])(
    'are refused with a password in an endpoint, without showing it: %s',
    (endpoints) => {
      const connecting = () => connectionFrom({}, { ETCDCTL_ENDPOINTS: endpoints });
      expect(connecting).toThrow(
        /ETCDCTL_ENDPOINTS: ".*…@a": put the user and the password into `auth`|must not have a path/,
      );
      expect(connecting).not.toThrow(/hun|ter2/);
      const opening = () => createConnections({ endpoints: [endpoints] }, realClock);
      expect(opening).not.toThrow(/hun|ter2/);
    },
  );

  it('are refused when they would bypass the config’s TLS', () => {
    expect(() => connectionFrom({ tls: { ca: 'ca' } }, { ETCDCTL_ENDPOINTS: 'http://a:2379' })).toThrow(
      /not encrypted/,
    );
  });
});

it.each([
  ['3.4.23', false],
  ['3.4.31', true],
  ['3.5.12', false],
  ['3.5.13', true],
  ['3.6.0', true],
  ['3.7.3', true],
  ['3.6.0-rc.1', true],
  ['3.3.27', false],
  ['4.0.0', true],
  ['', false],
  ['unknown', false],
])('trusts the progress of etcd %j: %s', (version, trusted) => {
  expect(ordersProgress(version)).toBe(trusted);
});
