import type { InstanceChange } from '../../../model/changes.js';
import { RollcallError } from '../../../model/errors.js';
import type { Instance } from '../../../model/instance.js';
import type { Snapshot } from '../../../model/snapshot.js';
import type { CatalogWatcher } from '../../../inspect/watch.js';
import type { Colours } from '../../terminal/color.js';
import { printable, printableJson } from '../../terminal/escape.js';

/** Writes one line, given without its line break. */
type Write = (line: string) => void;

/** The changes of one service, or all changes. */
function ofService(changes: readonly InstanceChange[], service: string | undefined): readonly InstanceChange[] {
  return service === undefined ? changes : changes.filter(({ instance }) => instance.service === service);
}

/** Writes each event as one JSON object on a line. */
export function createJsonReporter(service: string | undefined, write: Write): CatalogWatcher {
  const report = (event: object): void => {
    write(printableJson(JSON.stringify(event)));
  };
  return {
    changed(snapshot, changes) {
      const revisions = revisionsOf(snapshot);
      for (const { type, instance, ...more } of ofService(changes, service))
        report({ type, revision: revisions[instance.source], instance, ...more });
    },
    synced: (snapshot) => {
      report({ type: 'synced', revisions: revisionsOf(snapshot) });
    },
    stale: (source, since, error) => {
      const code = error instanceof RollcallError ? error.code : undefined;
      report({ type: 'stale', source, since: new Date(since).toISOString(), error: error.message, code });
    },
    refused: (source, error) => {
      const code = error instanceof RollcallError ? error.code : undefined;
      report({ type: 'refused', source, error: error.message, code });
    },
    live: (source) => {
      report({ type: 'live', source });
    },
  };
}

/** Writes each event as one line of text: `+ web 192.0.2.1:80 passing`. Problems of etcd and of keys go to `writeError`. */
export function createLineReporter(
  service: string | undefined,
  colours: Colours,
  write: Write,
  writeError: Write,
): CatalogWatcher {
  let rejected = 0;
  return {
    changed(snapshot, changes) {
      for (const change of ofService(changes, service)) write(describeChange(change, colours));
      const before = rejected;
      rejected = countRejected(snapshot);
      if (rejected !== before) writeError(`rollcall: ${describeRejected(rejected)}`);
    },
    synced(snapshot) {
      write(colours.faint(`= synced, ${showRevisions(snapshot)}`));
    },
    stale: (source, since, error) => {
      writeError(printable(`rollcall: ${describeStale(source, since, error)}`));
    },
    refused: (source, error) => {
      writeError(printable(`rollcall: ${describeRefused(source, error)}`));
    },
    live: (source) => {
      writeError(printable(`rollcall: source ${source}: up to date again`));
    },
  };
}

export function countRejected({ sources }: Snapshot): number {
  return sources.reduce((sum, source) => sum + source.rejected.length, 0);
}

export function describeRejected(count: number): string {
  return count === 0 ? 'no registration is rejected now' : `${count} rejected (rollcall services -o wide shows them)`;
}

export function describeStale(source: string, since: number, error: Error): string {
  return `source ${source}: may be out of date since ${new Date(since).toISOString()}: ${error.message}`;
}

export function describeRefused(source: string, error: Error): string {
  return `source ${source}: not listed: ${error.message}; it is listed when etcd permits it`;
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
  const endpoint = `${service} ${host}:${port}`;
  switch (change.type) {
    case 'added':
      return colours.good(printable(`+ ${endpoint} ${status}`));
    case 'removed':
      return colours.bad(printable(`- ${endpoint} ${status}`));
    case 'updated': {
      const { before, instance } = change;
      const shown = change.fields.filter((field) => !derived.has(field));
      const words = shown.map((field) => `${field} ${showField(before[field])} -> ${showField(instance[field])}`);
      return colours.warning(printable(`~ ${endpoint} ${words.join(', ')}`));
    }
  }
}

/** Fields that are derived from `address`. */
const derived: ReadonlySet<keyof Instance> = new Set<keyof Instance>(['family', 'host']);

function showField(value: Instance[keyof Instance]): string {
  return typeof value === 'object' || value === '' ? JSON.stringify(value) : String(value);
}
