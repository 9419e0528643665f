import { queryRecords, transferZone } from '../../dns/client/questions.js';
import type { Connection } from '../../dns/client/connection.js';
import { TsigError } from '../../dns/wire/tsig.js';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';
import type { BlockPath } from '../claim.js';
import type { DestinationProblem } from '../maker.js';
import { withConnection } from './observe.js';
import type { DnsUpdateOptions } from './schema.js';

/**
 * Reads each zone of the block as the target would, with its key. Whether updates are allowed, the server tells only when it gets one: a
 * server that refuses them is not found here.
 *
 * @returns one problem for the server or the key, or one for each zone that the server refuses
 */
export async function probeServer(
  { server, tsigKeyFile, timeout, zone, reverse, transfer }: DnsUpdateOptions,
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
): Promise<readonly DestinationProblem[]> {
  const zones: readonly { readonly name: string; readonly at: BlockPath }[] = [
    { name: zone, at: ['zone'] },
    ...reverse.map((name, index) => ({ name, at: ['reverse', index] })),
  ];
  const problems: DestinationProblem[] = [];
  try {
    for (const { name, at } of zones)
      try {
        // Some servers end the connection after a refusal.
        await withConnection({ options: { server, tsigKeyFile, timeout }, clock }, signal, (connection) =>
          readZoneAs(connection, name, transfer, signal),
        );
      } catch (error) {
        if (!(error instanceof RollcallError) || error.code !== 'DNS_REFUSED' || isOfKey(error)) throw error;
        problems.push({ at, error });
      }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RollcallError)) throw error;
    problems.push({ at: [isOfKey(error) ? 'tsigKeyFile' : 'server'], error });
  }
  return problems;
}

/** Whether the key is the reason: the file cannot be used, or the server does not accept its signature. */
function isOfKey({ code, cause }: RollcallError): boolean {
  return code === 'TSIG_KEY' || cause instanceof TsigError;
}

async function readZoneAs(connection: Connection, zone: string, transfer: boolean, signal: AbortSignal): Promise<void> {
  if (transfer) {
    await transferZone(connection, zone, signal);
    return;
  }
  const records = await queryRecords(connection, zone, 'SOA', signal);
  if (records.length === 0) throw new RollcallError('DNS_REFUSED', `the server does not have the zone ${zone}`);
}
