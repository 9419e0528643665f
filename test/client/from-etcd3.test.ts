import { Etcd3, type IOptions } from 'etcd3';
import { expect, it } from 'vitest';
import { connect } from '../../src/client/connect.js';
import { fromEtcd3, type Etcd3Options } from '../../src/client/from-etcd3.js';

const pem = (text: string): Buffer => Buffer.from(text);

/** Compiles only if every value of etcd3's own type is accepted. */
const accepts = (options: IOptions): ReturnType<typeof fromEtcd3> => fromEtcd3(options);

it.each<[string, IOptions, object]>([
  ['one host', { hosts: 'http://a:2379' }, { endpoints: ['http://a:2379'] }],
  ['several hosts', { hosts: ['a:2379', 'b:2379'] }, { endpoints: ['a:2379', 'b:2379'] }],
  ['https without credentials', { hosts: 'https://a:2379' }, { endpoints: ['https://a:2379'] }],
  [
    'credentials, which mean TLS for every host',
    { hosts: ['a:2379', 'http://b:2379'], credentials: { rootCertificate: pem('ca') } },
    { endpoints: ['https://a:2379', 'https://b:2379'], tls: { ca: pem('ca') } },
  ],
  [
    'a client certificate, a login and limits',
    {
      hosts: 'https://a:2379',
      credentials: { rootCertificate: pem('ca'), privateKey: pem('key'), certChain: pem('cert') },
      auth: { username: 'web', password: 'open sesame', callOptions: {} },
      dialTimeout: 700,
      defaultCallOptions: {},
      grpcOptions: { 'grpc.keepalive_time_ms': 1, 'grpc.ssl_target_name_override': 'etcd.example.com' },
    },
    {
      endpoints: ['https://a:2379'],
      tls: { ca: pem('ca'), cert: pem('cert'), key: pem('key'), serverName: 'etcd.example.com' },
      auth: { username: 'web', password: 'open sesame' },
      dialTimeout: 700,
    },
  ],
])('takes %s', async (_title, options, expected) => {
  expect(accepts(options)).toEqual(expected);
  await connect(fromEtcd3(options, { namespace: 'app/' })).close();
});

it('has the default host of etcd3, and keeps a namespace', () => {
  expect(fromEtcd3({}, { namespace: 'app/' })).toEqual({ endpoints: ['127.0.0.1:2379'], namespace: 'app/' });
});

it('needs no options, as etcd3', () => {
  expect(fromEtcd3()).toEqual({ endpoints: ['127.0.0.1:2379'] });
  expect(fromEtcd3(undefined, {})).toEqual({ endpoints: ['127.0.0.1:2379'] });
});

it('takes credentials without a root certificate: TLS with the authorities that Node.js trusts', () => {
  expect(fromEtcd3({ hosts: 'a:1', credentials: {} })).toEqual({ endpoints: ['https://a:1'], tls: {} });
  expect(() => {
    new Etcd3({ hosts: 'a:1', credentials: {} as never }).close();
  }).not.toThrow();
});

it('takes members with the value undefined', () => {
  const options = { hosts: undefined, credentials: undefined, auth: undefined, host: undefined };
  expect(fromEtcd3(options)).toEqual({ endpoints: ['127.0.0.1:2379'] });
});

it.each<[string, unknown, RegExp]>([
  ['no host', { hosts: [] }, /`hosts` is empty/],
  ['an empty host', { hosts: ['a:1', ''] }, /`hosts` must be/],
  ['a host that is no text', { hosts: { a: 1 } }, /`hosts` must be/],
  ['null', null, /not an object/],
  ['text', 'http://a:1', /not an object/],
  ['an option that etcd3 does not have', { host: 'a:1' }, /`host` is not an option: did you mean `hosts`\?$/],
  ['a strange option', { zzzzzzzz: 1 }, /the options are hosts, credentials/],
  ['a certificate as text', { credentials: { rootCertificate: '/etc/ca.pem' } }, /rootCertificate` must be a Buffer/],
  ['another name of a certificate', { credentials: { rootCertficate: pem('a') } }, /did you mean `rootCertificate`/],
  ['a login without a password', { auth: { username: 'web' } }, /`auth` needs/],
  ['grpcOptions that are no object', { grpcOptions: 1 }, /`grpcOptions` is not an object/],
])('refuses %s with a code', (_title, options, why) => {
  const convert = (): unknown => fromEtcd3(options as Etcd3Options);
  expect(convert).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  expect(convert).toThrow(why);
});

it('refuses unknown extras, and `connect` refuses unknown options', () => {
  expect(() => fromEtcd3({}, { namspace: 'a/' } as never)).toThrow(/did you mean `namespace`/);
  for (const options of [{ hosts: 'a:1' }, null, { endpoint: 'a:1' }, { endpoints: [] }])
    expect(() => connect(options as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
});

it.each<[string, Etcd3Options, RegExp]>([
  ['a mix of secure and other hosts', { hosts: ['https://a:1', 'b:1'] }, /mixes https/],
  [
    'an option of grpc without a meaning here',
    { grpcOptions: { 'grpc.service_config': '{}' } },
    /grpc\.service_config/,
  ],
  ['a name for TLS without TLS', { grpcOptions: { 'grpc.default_authority': 'a' } }, /asks for TLS/],
  [
    'two names for TLS',
    { hosts: 'https://a', grpcOptions: { 'grpc.default_authority': 'a', 'grpc.ssl_target_name_override': 'b' } },
    /two names/,
  ],
  ['a timeout that is none', { dialTimeout: -1 }, /dialTimeout/],
])('refuses %s', (_title, options, why) => {
  expect(() => fromEtcd3(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  expect(() => fromEtcd3(options)).toThrow(why);
});

it('shows no password when `connect` refuses a host', () => {
  const options = { hosts: 'http://web:open-sesame@a:2379' };
  expect(() => connect(fromEtcd3(options))).toThrow(/put the user and the password into `auth`/);
  expect(() => connect(fromEtcd3(options))).not.toThrow(/open-sesame/);
});
