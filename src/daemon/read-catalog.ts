import type { Config } from '../config/schema.js';
import type { Rejection } from '../model/format.js';
import type { ListedInstance, StatusReader } from '../ports/running-process.js';
import type { RunningSource } from './running-source.js';

/** The instances of each service, in the order of `StatusReader.services`. They are made as they are read. */
export function* listServices(
  { sources: configs }: Pick<Config, 'sources'>,
  sources: readonly RunningSource[],
  after: Parameters<StatusReader['services']>[0],
): Generator<readonly ListedInstance[]> {
  const first = after === undefined ? 0 : sources.findIndex(({ held }) => held.name === after.source);
  if (first < 0) return;
  for (const { held } of sources.slice(first)) {
    const secret = configs.find(({ name }) => name === held.name)?.secret ?? true;
    for (const [name, { instances }] of held.snapshot?.services ?? []) {
      if (held.name === after?.source && name <= after.service) continue;
      yield instances.map((instance) => ({ instance, secret }));
    }
  }
}

export function listRejected(sources: readonly RunningSource[]): readonly Rejection[] {
  return sources.flatMap(({ held }) => held.snapshot?.rejected ?? []);
}
