import { describe, expect, it } from 'vitest';
import { crosscheck } from '../../src/config/crosscheck.js';
import { configSchema } from '../../src/config/schema.js';
import { targetKinds } from '../../src/targets/registry.js';

const sources = [{ name: 'services', prefix: '/services/' }];
const object = { name: 'o', configMap: { name: 'upstreams', data: { k: { template: 'nginx-upstreams' } } } };
const file = { name: 'f', files: [{ path: '/tmp/out', template: 'nginx-upstreams' }] };
const kubernetes = { kubernetes: { name: 'rollcall' } };

const problems = (config: object): string[] =>
  crosscheck({ sources, ...config }, targetKinds).map(
    ({ path, message, severity }) => `${severity} ${path.join('.')}: ${message}`,
  );
const refusals = (election: object): string[] => {
  const parsed = configSchema.safeParse({ sources, targets: [object], election });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('the election of a config', () => {
  it('has the times of client-go', () => {
    const { election } = configSchema.parse({ sources, targets: [object], election: kubernetes });
    expect(election).toMatchObject({ leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 });
  });

  it('is missed by a cluster-wide target, once, and by no other', () => {
    expect(problems({ targets: [object, { ...object, name: 'p' }] })).toContain(
      'warning targets.0.configMap: is cluster-wide, and no `election` says which process writes it',
    );
    expect(problems({ targets: [object], election: kubernetes })).toEqual([]);
    expect(problems({ targets: [file] })).toEqual([]);
  });

  it('is not used without a cluster-wide target', () => {
    expect(problems({ targets: [file], election: kubernetes })).toEqual([
      'warning election: is not used: no target is cluster-wide',
    ]);
  });

  it('does not lie where a source reads', () => {
    const of = (prefix: string) => problems({ targets: [object], election: { etcd: { prefix } } });
    expect(of('/services/leader/')).toEqual([
      'warning election.etcd.prefix: sources[0] reads these keys: the leader looks like a registration',
    ]);
    expect(of('/rollcall/leader/')).toEqual([]);
  });

  it.each([
    ['no place', {}, 'election: needs either `kubernetes` or `etcd`: where the lease is'],
    [
      'two places',
      { ...kubernetes, etcd: { prefix: '/l/' } },
      'election: needs either `kubernetes` or `etcd`: where the lease is',
    ],
    ['no slash', { etcd: { prefix: '/l' } }, 'election.etcd.prefix: must end with a slash: "/rollcall/leader/"'],
    [
      'a deadline that is too long',
      { ...kubernetes, leaseDuration: '15s', renewDeadline: '15s' },
      'election.leaseDuration: `leaseDuration` must be at least 1.2 times `renewDeadline`: a leader must stop before another one starts',
    ],
    [
      'pauses that are too long',
      { ...kubernetes, retryPeriod: '9s' },
      'election.leaseDuration: `renewDeadline` must be at least 1.2 times `retryPeriod`: a leader needs time to renew its lease',
    ],
  ])('is refused with %s', (_, election, message) => {
    expect(refusals(election)).toEqual([message]);
  });
});
