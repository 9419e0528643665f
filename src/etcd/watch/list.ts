import { compareDecimal } from '../../model/order.js';
import type { Entry } from '../../model/entry.js';
import type { KeySelector } from '../../model/key-prefix.js';
import type { Etcd } from '../client.js';
import type { RangeAnswer } from '../protocol/decode.js';
import { EtcdError } from '../failure.js';
import { describeKeys } from '../protocol/keys.js';
import { MAX_BUFFERED_BYTES, entrySize } from '../buffer-limit.js';
import type { StoreMoment } from '../protocol/translate.js';

/** All entries that a selector matches, at one revision. */
export interface Listing extends StoreMoment {
  readonly entries: readonly Entry[];
}

/** Takes a list page by page, so that the reader need not hold the whole list. */
export interface PageSink {
  /** A list begins. The sink must forget earlier pages: they belong to a list that was given up. */
  begin(): void;
  page(entries: readonly Entry[]): void;
}

export interface ListKeysOptions {
  /** Keys of the first page. Default 5000. The following pages have up to four times as many. */
  readonly pageSize?: number | undefined;
  /** Called after the first page, with the endpoint that sent it. */
  readonly onAnswer?: (endpoint: string) => void;
}

/** How often a list starts again because its revision is gone. */
const restarts = 5;

/** The approximate size in bytes, as `entrySize` counts it, above which a page does not grow. */
const pageBytes = 8 << 20;

/**
 * Lists keys as `readPages` does, and returns all entries.
 *
 * @throws EtcdError as `readPages`
 */
export async function listKeys(
  etcd: Pick<Etcd, 'range' | 'endpoint'>,
  keys: KeySelector,
  options: ListKeysOptions,
  signal: AbortSignal,
): Promise<Listing> {
  let pages: (readonly Entry[])[] = [];
  const sink: PageSink = {
    begin() {
      pages = [];
    },
    page(entries) {
      pages.push(entries);
    },
  };
  const moment = await readPages(etcd, keys, options, sink, signal);
  return { ...moment, entries: pages.flat() };
}

/**
 * Lists keys page by page, all pages at the revision of the first. etcd 3.4 looks at all keys that are left for each page, so the pages after
 * the first are larger when the values are small. Decoding a page blocks the event loop, so pages stay below `pageBytes`. If the revision is
 * compacted, or a page comes from another store, the list starts again. If large values make an answer exceed the message limit, the pages
 * become smaller.
 *
 * @returns the moment of the list that the sink has taken
 * @throws EtcdError when etcd does not answer, when it compacts faster than the list can be read, or when the keys and
 * values exceed `MAX_BUFFERED_BYTES`
 */
export async function readPages(
  etcd: Pick<Etcd, 'range' | 'endpoint'>,
  keys: KeySelector,
  options: ListKeysOptions,
  sink: PageSink,
  signal: AbortSignal,
): Promise<StoreMoment> {
  for (let attempt = 1; ; attempt++) {
    try {
      sink.begin();
      const moment = await readOnce(etcd, keys, options, sink, signal);
      if (moment !== undefined) return moment;
    } catch (error) {
      if (!(error instanceof EtcdError && error.traits.revisionGone) || attempt > restarts) throw error;
    }
    if (attempt > restarts)
      throw new EtcdError('ETCD_UNREACHABLE', `list ${describeKeys(keys)}: the pages come from different stores`, {
        retryElsewhere: true,
      });
  }
}

/** Undefined when a page comes from another store than the first page, or does not have its revision. */
async function readOnce(
  etcd: Pick<Etcd, 'range' | 'endpoint'>,
  keys: KeySelector,
  { pageSize = 5000, onAnswer }: ListKeysOptions,
  sink: PageSink,
  signal: AbortSignal,
): Promise<StoreMoment | undefined> {
  let limit = pageSize;
  let held = 0;

  async function read(position: { after: string; revision: string } | object): Promise<RangeAnswer> {
    for (;;) {
      try {
        const page = await etcd.range({ ...keys, limit, ...position }, signal);
        for (const entry of page.entries) held += entrySize(entry);
        return page;
      } catch (error) {
        if (!(error instanceof EtcdError && error.traits.tooLarge) || limit === 1) throw error;
        limit = Math.ceil(limit / 8);
      }
    }
  }

  let page = await read({});
  onAnswer?.(etcd.endpoint);
  // A smaller limit means that the answer to the greater one was too large.
  if (limit === pageSize) limit = largerLimit(pageSize, held / page.entries.length);
  const { revision, clusterId, raftTerm } = page;
  for (;;) {
    sink.page(page.entries);
    if (held > MAX_BUFFERED_BYTES)
      throw new EtcdError(
        'ETCD_ANSWER',
        `list ${describeKeys(keys)}: etcd at ${etcd.endpoint} holds more than ${MAX_BUFFERED_BYTES >> 20} MiB of keys and values there`,
        { retryElsewhere: true },
      );
    const after = page.entries.at(-1)?.key;
    if (!page.more || after === undefined) break;
    page = await read({ after, revision });
    if (page.clusterId !== clusterId || compareDecimal(page.revision, revision) < 0) return undefined;
    if (page.entries.some(({ modRevision }) => compareDecimal(modRevision, revision) > 0)) return undefined;
  }
  return { revision, clusterId, raftTerm };
}

/** @param average the approximate size of an entry, in bytes */
function largerLimit(pageSize: number, average: number): number {
  return Math.max(pageSize, Math.min(4 * pageSize, Math.floor(pageBytes / average)));
}
