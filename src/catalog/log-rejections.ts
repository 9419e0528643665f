import { adviseFormat, describeFormatAdvice } from '../formats/advise-format.js';
import { adviseKeys, describeAdvice } from '../formats/keys/advice.js';
import { clip } from '../model/key-prefix.js';
import type { Rejection } from '../model/format.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import { differingParts } from '../model/sorted-list.js';
import type { Log } from '../ports/runtime.js';

/** At most this many rejections of one batch are logged one by one: a prefix of another format would flood the log. */
const maxLines = 10;

/** Logs what would make most keys of a source fit: once, and again when the advice changes. */
function adviseOnce(log: Log, now: SourceSnapshot, before: SourceSnapshot | undefined): void {
  const advice = adviseKeys(now);
  if (advice === undefined) return;
  const known = before && adviseKeys(before);
  if (known?.remedies.join() === advice.remedies.join()) return;
  const { mismatched: misfits, keys, example, remedies } = advice;
  log.warn({ misfits, keys, example, remedies }, describeAdvice(advice));
}

/** Logs that another format reads rejected keys: once, and again when one of the two formats changes. */
function adviseFormatOnce(log: Log, now: SourceSnapshot, before: SourceSnapshot | undefined): void {
  const advice = adviseFormat(now);
  if (advice === undefined) return;
  const known = before && adviseFormat(before);
  if (known?.format === advice.format && known.other === advice.other) return;
  log.warn({ ...advice }, describeFormatAdvice(advice));
}

/** Logs each registration when it becomes bad. Duplicates are logged at debug only, because quick restarts cause them every day. */
export function reportRejections(log: Log, now: SourceSnapshot, before: SourceSnapshot | undefined): void {
  if (now.rejected === before?.rejected) return;
  adviseOnce(log, now, before);
  adviseFormatOnce(log, now, before);
  const parts = differingParts(before?.rejected ?? [], now.rejected);
  const known = new Set(parts.before.map(identify));
  const fresh = parts.after.filter((rejection) => !known.has(identify(rejection)));
  for (const { key, reason } of fresh.filter(({ code }) => code === 'duplicate'))
    log.debug({ key: clip(key), reason }, 'duplicate');
  const bad = fresh.filter(({ code }) => code !== 'duplicate');
  for (const { key, code, reason } of bad.slice(0, maxLines))
    log.warn({ key: clip(key), code, reason }, 'registration rejected');
  if (bad.length > maxLines)
    log.warn({ more: bad.length - maxLines }, 'more registrations rejected: `rollcall services -o wide` lists them');
}

function identify({ key, code }: Rejection): string {
  return `${code} ${key}`;
}
