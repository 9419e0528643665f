import { compareDecimal } from '../../model/order.js';
import type { Entry } from '../../model/entry.js';
import type { KeySelector } from '../../model/key-prefix.js';
import type { Etcd } from '../client.js';
import type { RangeAnswer } from '../protocol/decode.js';
import { EtcdError } from '../failure.js';
import { describeKeys } from '../protocol/keys.js';
import { MOST_HELD, weightOf } from '../held.js';
import type { StoreMoment } from '../protocol/translate.js';

/** All that a selector means, at one revision. */
export interface Listing extends StoreMoment {
  readonly entries: readonly Entry[];
}

export interface ListOptions {
  /** Keys per call. Default 5000: larger pages are hardly faster and hold the event loop up longer. */
  readonly pageSize?: number | undefined;
  /** Called when the first page is there, with the endpoint that gave it. */
  readonly onAnswer?: (endpoint: string) => void;
}

/** Times that the list is begun anew because its revision went away under it. */
const restarts = 5;

/**
 * Lists a prefix page by page, every page at the first one's revision. When that revision is compacted or the store
 * changes under the list, it begins anew. Where large values make a page longer than one answer may be, the pages get smaller.
 *
 * @throws EtcdError when etcd does not answer, or compacts faster than the list can be read, or when the prefix holds
 * more than fits into memory
 */
export async function listKeys(
  etcd: Pick<Etcd, 'range' | 'endpoint'>,
  keys: KeySelector,
  options: ListOptions,
  signal: AbortSignal,
): Promise<Listing> {
  for (let attempt = 1; ; attempt++) {
    try {
      const listing = await listOnce(etcd, keys, options, signal);
      if (listing !== undefined) return listing;
    } catch (error) {
      if (!(error instanceof EtcdError && error.bearing.revisionGone) || attempt > restarts) throw error;
    }
    if (attempt > restarts)
      throw new EtcdError('ETCD_UNREACHABLE', `list ${describeKeys(keys)}: the pages come from different stores`, {
        elsewhere: true,
      });
  }
}

/** Undefined when a page comes from another store than the first, or is not of the first one's revision. */
async function listOnce(
  etcd: Pick<Etcd, 'range' | 'endpoint'>,
  keys: KeySelector,
  { pageSize = 5000, onAnswer }: ListOptions,
  signal: AbortSignal,
): Promise<Listing | undefined> {
  let limit = pageSize;
  let held = 0;

  async function read(behind: { after: string; revision: string } | object): Promise<RangeAnswer> {
    for (;;) {
      try {
        const page = await etcd.range({ ...keys, limit, ...behind }, signal);
        for (const entry of page.entries) held += weightOf(entry);
        return page;
      } catch (error) {
        if (!(error instanceof EtcdError && error.bearing.tooLong) || limit === 1) throw error;
        limit = Math.ceil(limit / 8);
      }
    }
  }

  let page = await read({});
  onAnswer?.(etcd.endpoint);
  const { revision, clusterId, raftTerm } = page;
  const pages = [page.entries];
  for (;;) {
    if (held > MOST_HELD)
      throw new EtcdError(
        'ETCD_ANSWER',
        `list ${describeKeys(keys)}: etcd at ${etcd.endpoint} has more than ${MOST_HELD >> 20} MiB of keys and values there`,
        { elsewhere: true },
      );
    const after = page.entries.at(-1)?.key;
    if (!page.more || after === undefined) break;
    page = await read({ after, revision });
    if (page.clusterId !== clusterId || compareDecimal(page.revision, revision) < 0) return undefined;
    if (page.entries.some(({ modRevision }) => compareDecimal(modRevision, revision) > 0)) return undefined;
    pages.push(page.entries);
  }
  return { revision, clusterId, raftTerm, entries: pages.flat() };
}
