import { describe, expect, it } from 'vitest';
import { planRegistration, type RegisterArguments } from '../../src/agent/plan.js';
import { tempDir } from '../support/temp.js';

const request: RegisterArguments = {
  service: 'web',
  addressArgument: '10.0.0.1:80',
  options: { ttl: 10_000, format: 'json' },
  check: undefined,
  checkOptions: {},
  onUnhealthy: 'withdraw',
  drain: 0,
  killAfter: 0,
  command: undefined,
  etcd: { endpoints: ['http://127.0.0.1:2379'] },
};
const plan = async (more: Partial<RegisterArguments>, env: Record<string, string> = {}) =>
  planRegistration({ ...request, ...more }, env, await tempDir());

describe('the plan of a registration', () => {
  it('has the key, the check and the options', async () => {
    const {
      request,
      healthPolicy: wellness,
      whenUnhealthy: whenUnwell,
      warnings,
    } = await plan({
      check: 'tcp',
      checkOptions: { interval: 500, fall: 1 },
      onUnhealthy: 'critical',
      tags: ['a'],
    });
    expect(request).toMatchObject({ key: '/services/web/10.0.0.1:80', ttl: 10_000, takeOver: false });
    expect(request.registration).toMatchObject({ id: '10.0.0.1:80', tags: ['a'], status: 'passing' });
    expect({ wellness, whenUnwell, warnings }).toEqual({
      wellness: {
        kind: 'check',
        spec: { kind: 'tcp', host: '10.0.0.1', port: 80 },
        options: { interval: 500, timeout: 500, rise: 1, fall: 1 },
      },
      whenUnwell: 'critical',
      warnings: [],
    });
  });

  it.each([
    [undefined, undefined, 'unchecked'],
    [undefined, ['ls'], 'first-connect'],
    ['none', ['ls'], 'unchecked'],
    ['none', undefined, 'unchecked'],
    ['tcp', ['ls'], 'check'],
    ['true', undefined, 'check'],
  ])('with --check %j and the command %j is well %s', async (check, command, kind) => {
    expect((await plan({ check, command })).healthPolicy.kind).toBe(kind);
  });

  it('warns of an address that no other machine can reach, unless it was given explicitly', async () => {
    expect((await plan({ addressArgument: ':80' })).warnings).toEqual([
      expect.stringMatching(
        /^etcd at http:\/\/127\.0\.0\.1:2379 is on this machine, so the registered address is 127\.0\.0\.1, .*ADDRESS:PORT$/,
      ),
    ]);
    expect((await plan({ addressArgument: '127.0.0.1:80' })).warnings).toEqual([]);
    expect((await plan({ addressArgument: ':80' }, { POD_IP: '127.0.0.1' })).warnings).toEqual([]);
  });

  it.each<[string, Partial<RegisterArguments>, string]>([
    ['a port alone without its colon', { addressArgument: '8080' }, 'write :8080 for a port alone'],
    ['a wildcard', { addressArgument: '0.0.0.0:80' }, 'write :80 for the address of this machine'],
    ['IPv6 without brackets', { addressArgument: 'fd00::1:80' }, 'must stand in brackets'],
    [
      'a slash in the name',
      { service: 'a/b' },
      'the service name has a slash, and <service>/<id> has one segment for it',
    ],
    ['a key that no source reads', { options: { key: '/services//web' } }, 'the key has an empty segment'],
    ['a key that is nearly a pattern', { options: { key: '<svc>' } }, 'has <svc>, which is not one of <service>'],
    ['a slash in the id', { id: 'a/b' }, 'the id contains a slash'],
    ['a short TTL', { options: { ttl: 0 } }, '--ttl: etcd counts in whole seconds: write 1s or more, such as 10s'],
    ['a broken TTL', { options: { ttl: 1500 } }, 'whole seconds'],
    ['tags in a format without', { options: { format: 'plain' }, tags: ['a'] }, 'plain cannot store this tags'],
    ['a prefix that ends in a star', { options: { prefix: '/x*' } }, 'the prefix ends in a star'],
    ['a pattern that is none', { options: { key: '/<service>/<id>' } }, 'begins or ends with a slash'],
    ['a pattern that leaves a segment open', { options: { key: '<service>/<_>/<id>' } }, 'more than one'],
    ['another kind of check', { check: 'ftp://x' }, 'there is no check by ftp://'],
    ['half a check', { check: 'tcp://x' }, 'write tcp://HOST:PORT'],
    ['an empty check', { check: '' }, 'it is empty'],
    ['a shell', { check: 'a | b' }, "sh -c '"],
    [
      'critical in a format without it',
      { onUnhealthy: 'critical', check: 'tcp', options: { format: 'plain' } },
      '--on-unhealthy critical: the format plain has no status critical: write --on-unhealthy withdraw',
    ],
  ])('is refused before anything happens: %s', async (_title, more, words) => {
    await expect(plan(more)).rejects.toMatchObject({
      code: 'REGISTRATION_INVALID',
      message: expect.stringContaining(words) as string,
    });
  });

  it('says with every refusal of its own that nothing has happened', async () => {
    for (const more of [{ addressArgument: '8080' }, { options: { ttl: 1500 } }, { check: '' }])
      await expect(plan(more)).rejects.toMatchObject({
        hint: 'Nothing was started or written. `rollcall register --help` has examples.',
      });
  });
});
