import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type * as Grpc from '@grpc/grpc-js';
import { RollcallError, messageOf } from '../model/errors.js';
import type { Endpoint } from './endpoint.js';
import type { TlsMaterial } from './tls.js';

/**
 * What makes a channel speak TLS, and to whom: the server's certificate must bear `serverName`, or else the
 * endpoint's own host.
 *
 * @throws RollcallError ETCD_TLS_FILES
 */
export function secure(
  { credentials }: typeof Grpc,
  endpoint: Endpoint,
  { ca, cert, key }: TlsMaterial,
  serverName: string | undefined,
): { credentials: Grpc.ChannelCredentials; options: Grpc.ChannelOptions } {
  const expected = serverName ?? endpoint.host;
  // grpc-js sends the name by SNI, where an IP address must not stand (RFC 6066, section 3; Node warns of it).
  const sent = isIP(expected) === 0 ? expected : `ip-${expected.replace(/[.:]/g, '-')}.invalid`;
  try {
    return {
      credentials: credentials.createSsl(ca, key, cert, {
        checkServerIdentity: (_sent, presented) => checkServerIdentity(expected, presented),
      }),
      options: {
        'grpc.ssl_target_name_override': sent,
        ...(serverName !== undefined && { 'grpc.default_authority': serverName }),
      },
    };
  } catch (cause) {
    throw new RollcallError('ETCD_TLS_FILES', `the TLS files of etcd are no good: ${messageOf(cause)}`, { cause });
  }
}
