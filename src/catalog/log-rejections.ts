import { adviseKeys, describeAdvice } from '../formats/keys/advice.js';
import { clip } from '../model/key-prefix.js';
import type { Rejection } from '../model/format.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import type { Log } from '../ports.js';

/** More than this many at once are summed up: a prefix of another format would flood the log. */
const most = 10;

/** Says once what would make most keys of a source fit, and again when it is something else. */
function adviseOnce(log: Log, now: SourceSnapshot, before: SourceSnapshot | undefined): void {
  const advice = adviseKeys(now);
  if (advice === undefined) return;
  const known = before && adviseKeys(before);
  if (known?.remedies.join() === advice.remedies.join()) return;
  const { mismatched: misfits, keys, example, remedies } = advice;
  log.warn({ misfits, keys, example, remedies }, describeAdvice(advice));
}

/** Names each registration when it becomes bad; duplicates only at debug, because quick restarts make them daily. */
export function reportRejections(log: Log, now: SourceSnapshot, before: SourceSnapshot | undefined): void {
  if (now.rejected === before?.rejected) return;
  adviseOnce(log, now, before);
  const known = new Set(before?.rejected.map(identify));
  const fresh = now.rejected.filter((rejection) => !known.has(identify(rejection)));
  for (const { key, reason } of fresh.filter(({ code }) => code === 'duplicate'))
    log.debug({ key: clip(key), reason }, 'duplicate');
  const bad = fresh.filter(({ code }) => code !== 'duplicate');
  for (const { key, code, reason } of bad.slice(0, most))
    log.warn({ key: clip(key), code, reason }, 'registration rejected');
  if (bad.length > most)
    log.warn({ more: bad.length - most }, 'more registrations rejected: `rollcall services -o wide` lists them');
}

function identify({ key, code }: Rejection): string {
  return `${code} ${key}`;
}
