import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { findOwnAddress } from '../../src/agent/own-address.js';

/** An address of this machine that other machines can reach, if it has one. */
const outer = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe('the address of this machine', () => {
  it('is a loopback address, marked as such, when etcd is on loopback', async () => {
    const endpoint = 'http://127.0.0.1:2379';
    expect(await findOwnAddress({ endpoints: [endpoint] })).toEqual({ address: '127.0.0.1', endpoint, loopback: true });
    expect(await findOwnAddress({ endpoints: ['localhost'] })).toMatchObject({ loopback: true });
  });

  it.runIf(outer !== undefined)('is the address of the interface that routes to etcd', async () => {
    const found = await findOwnAddress({ endpoints: [`http://${outer ?? ''}:2379`] });
    expect(found).toMatchObject({ address: outer, loopback: false });
  });

  it('comes from the first endpoint that has a route', async () => {
    const endpoints = ['http://nowhere.invalid:2379', 'http://127.0.0.1:2379'];
    expect(await findOwnAddress({ endpoints })).toMatchObject({ endpoint: endpoints[1] });
  });

  it('is not found without a route: the error has a reason for each endpoint, and says what to write', async () => {
    const failed = findOwnAddress({ endpoints: ['http://nowhere.invalid:2379'] });
    await expect(failed).rejects.toMatchObject({
      code: 'REGISTRATION_INVALID',
      message: expect.stringMatching(/nowhere\.invalid:2379: getaddrinfo E/) as string,
      hint: 'Write the address before the port, ADDRESS:PORT, or set $POD_IP.',
    });
  });
});
