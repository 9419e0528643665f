import type { InstanceChange } from '../../../model/changes.js';
import { RollcallError } from '../../../model/errors.js';
import type { Instance } from '../../../model/instance.js';
import type { Snapshot } from '../../../model/snapshot.js';
import type { CatalogWatcher } from '../../../inspect/watch.js';
import type { Colours } from '../../terminal/color.js';
import { printable, printableJson } from '../../terminal/escape.js';

/** Where lines go: they come without their line breaks. */
type Write = (line: string) => void;

/** Only what is about one service, or everything. */
function ofService(changes: readonly InstanceChange[], service: string | undefined): readonly InstanceChange[] {
  return service === undefined ? changes : changes.filter(({ instance }) => instance.service === service);
}

/** One JSON object a line for each event. */
export function createJsonReporter(service: string | undefined, write: Write): CatalogWatcher {
  const tell = (event: object): void => {
    write(printableJson(JSON.stringify(event)));
  };
  return {
    changed(snapshot, changes) {
      const revisions = revisionsOf(snapshot);
      for (const { type, instance, ...more } of ofService(changes, service))
        tell({ type, revision: revisions[instance.source], instance, ...more });
    },
    synced: (snapshot) => {
      tell({ type: 'synced', revisions: revisionsOf(snapshot) });
    },
    stale: (source, since, error) => {
      const code = error instanceof RollcallError ? error.code : undefined;
      tell({ type: 'stale', source, since: new Date(since).toISOString(), error: error.message, code });
    },
    live: (source) => {
      tell({ type: 'live', source });
    },
  };
}

/** One line for people for each event: `+ web 192.0.2.1:80 passing`. What is about etcd and its keys goes to `aside`. */
export function createLineReporter(
  service: string | undefined,
  colours: Colours,
  write: Write,
  aside: Write,
): CatalogWatcher {
  let rejected = 0;
  return {
    changed(snapshot, changes) {
      for (const change of ofService(changes, service)) write(describeChange(change, colours));
      const before = rejected;
      rejected = countRejected(snapshot);
      if (rejected !== before) aside(`rollcall: ${describeRejected(rejected)}`);
    },
    synced(snapshot) {
      write(colours.faint(`= synced, ${showRevisions(snapshot)}`));
    },
    stale: (source, since, error) => {
      aside(printable(`rollcall: ${describeStale(source, since, error)}`));
    },
    live: (source) => {
      aside(printable(`rollcall: source ${source}: up to date again`));
    },
  };
}

export function countRejected({ sources }: Snapshot): number {
  return sources.reduce((sum, source) => sum + source.rejected.length, 0);
}

export function describeRejected(count: number): string {
  return count === 0 ? 'none is rejected any more' : `${count} rejected (rollcall services -o wide shows them)`;
}

export function describeStale(source: string, since: number, error: Error): string {
  return `source ${source}: may be old since ${new Date(since).toISOString()}: ${error.message}`;
}

export function showRevisions(snapshot: Snapshot): string {
  return Object.entries(revisionsOf(snapshot))
    .map(([source, revision]) => `${source} at revision ${revision}`)
    .join(', ');
}

function revisionsOf({ sources }: Snapshot): Record<string, string> {
  return Object.fromEntries(sources.map(({ source, revision }) => [source, revision]));
}

function describeChange(change: InstanceChange, colours: Colours): string {
  const { service, host, port, status } = change.instance;
  const where = `${service} ${host}:${port}`;
  switch (change.type) {
    case 'added':
      return colours.good(printable(`+ ${where} ${status}`));
    case 'removed':
      return colours.bad(printable(`- ${where} ${status}`));
    case 'updated': {
      const { before, instance } = change;
      const shown = change.fields.filter((field) => !derived.has(field));
      const words = shown.map((field) => `${field} ${showField(before[field])} -> ${showField(instance[field])}`);
      return colours.warning(printable(`~ ${where} ${words.join(', ')}`));
    }
  }
}

/** Fields that follow from `address`. */
const derived: ReadonlySet<keyof Instance> = new Set<keyof Instance>(['family', 'host']);

function showField(value: Instance[keyof Instance]): string {
  return typeof value === 'object' || value === '' ? JSON.stringify(value) : String(value);
}
