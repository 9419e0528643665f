import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';
import { parseEndpoint } from '../etcd/endpoint.js';
import type { EtcdOptions } from '../etcd/options.js';
import { parseAddress } from '../model/address.js';
import { messageOf, RollcallError } from '../model/errors.js';

/** This machine's address as others see it. */
export interface OwnAddress {
  /** A canonical IP literal. */
  readonly address: string;
  /** The endpoint that it is the way to. */
  readonly endpoint: string;
  /** True when only programs on this machine can reach it. */
  readonly loopback: boolean;
}

/**
 * The address of the interface that routes to etcd: whoever reads the registration there, reaches us by it in most networks. Nothing is
 * sent: a UDP socket that is connected (connect(2)) has chosen its own address.
 *
 * @throws RollcallError REGISTRATION_INVALID when no endpoint has a name that resolves and a route
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
      reasons.push(`${text}: the way there begins at ${local}, which means something on one link only`);
    } catch (error) {
      reasons.push(`${text}: ${messageOf(error)}`);
    }
  }
  throw new RollcallError(
    'REGISTRATION_INVALID',
    `the address of this machine cannot be told by its way to etcd: ${reasons.join('; ')}`,
    { hint: 'Write the address before the port, ADDRESS:PORT, or set $POD_IP.' },
  );
}

async function localAddressTowards(host: string): Promise<string> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    // connect(2) of UDP sends nothing, so that any port will do.
    const connected = once(socket, 'connect');
    socket.connect(2379, address);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
