import { describeLeaseless } from '../../../catalog/log-leases.js';
import type { HasLease } from '../../../catalog/watch-sources.js';
import type { Config } from '../../../config/schema.js';
import type { Snapshot } from '../../../model/snapshot.js';
import { watchCatalog, type CatalogWatcher } from '../../../inspect/watch.js';
import type { Runtime } from '../../../ports/runtime.js';
import { coloursOf } from '../../terminal/color.js';
import { printable } from '../../terminal/escape.js';
import { columns, countLeaseless, instancesOf } from './rows.js';
import { createScreen } from '../../terminal/screen.js';
import { stopOnSignals } from '../../stop.js';
import { tableLines } from '../../terminal/table.js';
import { countRejected, createJsonReporter, createLineReporter } from './reporters.js';
import { describeRefused, describeStale, describeRejected, showRevisions } from './reporters.js';
import { fit } from '../../terminal/width.js';

/** Milliseconds between two drawings: many changes become one drawing. */
const redrawInterval = 50;

/**
 * Follows the services until SIGINT or SIGTERM. On a terminal it redraws a table; in a pipe, and as JSON, it writes one line for each
 * change.
 */
export async function watch(
  config: Config,
  service: string | undefined,
  output: 'table' | 'wide' | 'json',
  runtime: Runtime,
): Promise<0> {
  const signal = stopOnSignals();
  const { stdout, stderr } = process;
  const write = (line: string): void => void stdout.write(`${line}\n`);
  const writeError = (line: string): void => void stderr.write(`${line}\n`);
  if (output === 'json') await watchCatalog(config, runtime, createJsonReporter(service, write), signal);
  else if (!stdout.isTTY)
    await watchCatalog(config, runtime, createLineReporter(service, coloursOf(stdout), write, writeError), signal);
  else {
    const liveTable = createLiveTable(service, output === 'wide');
    try {
      await watchCatalog(config, runtime, liveTable, signal);
    } finally {
      liveTable.end();
    }
  }
  return 0;
}

/** The services as a table, drawn again after each change. */
function createLiveTable(service: string | undefined, wide: boolean): CatalogWatcher & { end(): void } {
  const colours = coloursOf(process.stdout);
  const screen = createScreen(process.stdout);
  const staleSources = new Map<string, string>();
  let latest: Snapshot = { sources: [], stale: false };
  let hasLease: HasLease = () => true;
  let complete = false;
  let timer: NodeJS.Timeout | undefined;

  function lines(): string[] {
    const { rows, columns: width } = screen.size();
    const instances = instancesOf(latest, service);
    const rejected = countRejected(latest);
    const leaseless = countLeaseless(latest);
    const notes = [
      ...(complete ? [colours.faint(fit(printable(showRevisions(latest)), width))] : [fit('waiting for etcd', width)]),
      ...(rejected > 0 ? [fit(describeRejected(rejected), width)] : []),
      ...(wide && leaseless > 0 ? [fit(describeLeaseless(leaseless), width)] : []),
      ...[...staleSources.values()].map((text) => colours.warning(fit(printable(text), width))),
    ].slice(0, rows);
    const room = Math.max(0, rows - notes.length);
    const all = tableLines(columns(wide, colours, hasLease), instances, { width, paintHead: colours.strong });
    if (all.length <= room) return [...all, ...notes];
    const more = fit(`… and ${all.length - room + 1} more`, width);
    return [...all.slice(0, Math.max(0, room - 1)), ...(room > 0 ? [more] : []), ...notes];
  }

  const draw = (): void => {
    timer = undefined;
    screen.draw(lines());
  };
  const refresh = (): void => {
    timer ??= setTimeout(draw, redrawInterval);
  };
  // After ^Z the shell has written below the table: draw a new one.
  const resume = (): void => {
    screen.leave();
    refresh();
  };
  process.stdout.on('resize', refresh);
  process.on('SIGCONT', resume);
  refresh();

  return {
    changed(snapshot, _changes, leases) {
      latest = snapshot;
      hasLease = leases;
      refresh();
    },
    synced() {
      complete = true;
      refresh();
    },
    stale(source, since, error) {
      staleSources.set(source, describeStale(source, since, error));
      refresh();
    },
    refused(source, error) {
      staleSources.set(source, describeRefused(source, error));
      refresh();
    },
    live(source) {
      staleSources.delete(source);
      refresh();
    },
    end() {
      clearTimeout(timer);
      process.stdout.off('resize', refresh);
      process.off('SIGCONT', resume);
      draw();
    },
  };
}
