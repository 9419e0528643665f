import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';
import { parseEndpoint } from '../etcd/endpoint.js';
import type { EtcdOptions } from '../etcd/options.js';
import { parseAddress } from '../model/address.js';
import { messageOf, RollcallError } from '../model/errors.js';

/** The address of this machine, as other machines see it. */
export interface OwnAddress {
  /** A canonical IP literal. */
  readonly address: string;
  /** The etcd endpoint whose route gave the address. */
  readonly endpoint: string;
  /** True when only programs on this machine can reach the address. */
  readonly loopback: boolean;
}

/**
 * The address of the interface that routes to etcd: in most networks, consumers that reach etcd can reach this address. It sends nothing:
 * connect(2) on a UDP socket chooses the local address.
 *
 * @throws RollcallError REGISTRATION_INVALID when no endpoint has both a name that resolves and a route
 */
export async function findOwnAddress({ endpoints, tls }: EtcdOptions): Promise<OwnAddress> {
  const reasons: string[] = [];
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text, tls !== undefined);
    if ('problem' in endpoint) continue;
    try {
      const local = await localAddressTowards(endpoint.host);
      const parsed = parseAddress(local);
      const range = parsed === undefined ? 'linkLocal' : ipaddr.parse(parsed.address).range();
      if (parsed !== undefined && range !== 'linkLocal')
        return { address: parsed.address, endpoint: text, loopback: range === 'loopback' };
      reasons.push(`${text}: the local address on the route is ${local}, which is valid on one link only`);
    } catch (error) {
      reasons.push(`${text}: ${messageOf(error)}`);
    }
  }
  throw new RollcallError(
    'REGISTRATION_INVALID',
    `the address of this machine could not be found by its route to etcd: ${reasons.join('; ')}`,
    { hint: 'Write the address before the port, ADDRESS:PORT, or set $POD_IP.' },
  );
}

async function localAddressTowards(host: string): Promise<string> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    // connect(2) on a UDP socket sends nothing, so any port works.
    const connected = once(socket, 'connect');
    socket.connect(2379, address);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
