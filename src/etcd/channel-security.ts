import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type * as Grpc from '@grpc/grpc-js';
import { RollcallError, messageOf } from '../model/errors.js';
import type { EtcdEndpoint } from './endpoint.js';
import type { TlsMaterial } from './tls.js';

/**
 * The TLS credentials and options of a channel. The server's certificate must be valid for `serverName`; without one,
 * for the endpoint's own host.
 *
 * @throws RollcallError `ETCD_TLS_FILES`
 */
export function createChannelSecurity(
  { credentials }: typeof Grpc,
  endpoint: EtcdEndpoint,
  { ca, cert, key }: TlsMaterial,
  serverName: string | undefined,
): { credentials: Grpc.ChannelCredentials; options: Grpc.ChannelOptions } {
  const expected = serverName ?? endpoint.host;
  // grpc-js sends this name as SNI, which must not be an IP address (RFC 6066, section 3; Node warns about it).
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
    throw new RollcallError('ETCD_TLS_FILES', `the TLS files for etcd cannot be used: ${messageOf(cause)}`, { cause });
  }
}
