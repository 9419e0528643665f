import { readVersion } from '../build/version.js';
import type { LoadedConfig } from '../config/load.js';
import type { Controller } from '../controller/api.js';
import { showTime } from '../model/show-time.js';
import type { EventFeed, StatusReader } from '../ports/running-process.js';
import type { ConfigHistory } from './config-history.js';
import { describeSource, withWatches } from './describe-source.js';
import type { MeasureBook } from './measure-book.js';
import type { ProcessElection } from './process-election.js';
import { listRejected, listServices } from './read-catalog.js';
import type { RunningSource } from './running-source.js';

export interface StatusReaderParts {
  readonly controller: Controller;
  readonly configs: ConfigHistory;
  readonly measureBook: MeasureBook;
  readonly events: EventFeed;
  readonly election: Pick<ProcessElection, 'status'>;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  /** The parts of the config that runs now. */
  readonly current: () => {
    readonly config: LoadedConfig;
    /** In the order of the config. */
    readonly sources: readonly RunningSource[];
    /** The names of the targets. */
    readonly targets: Iterable<string>;
  };
}

/** Composes what the process tells about itself from its parts, when it is asked. */
export function createStatusReader(parts: StatusReaderParts): StatusReader {
  const { controller, configs, measureBook, events, election, current } = parts;
  const startedAt = showTime(parts.startedAt);

  function describeSources() {
    const { config, sources } = current();
    return sources.flatMap(({ held }, index) => {
      const source = config.config.sources[index];
      return source ? [describeSource(source, held)] : [];
    });
  }

  return {
    events,
    status() {
      const { config, targets: names } = current();
      const sources = describeSources();
      const targets = [...names].flatMap((name) => {
        const described = controller.describe(name);
        return described ? [withWatches(described, sources)] : [];
      });
      return {
        version: readVersion(),
        pid: process.pid,
        startedAt,
        inStep: targets.every(({ inStep, standby }) => inStep || standby),
        stale: controller.snapshot.stale,
        config: configs.describe(config.file),
        election: election.status(),
        sources,
        targets,
      };
    },
    async target(name) {
      const described = await controller.describeWithOutputs(name);
      return described && withWatches(described, describeSources());
    },
    services(after) {
      const { config, sources } = current();
      return listServices(config.config, sources, after);
    },
    rejected: () => listRejected(current().sources),
    measures() {
      const { sources, targets } = current();
      return {
        targets: new Map(
          Array.from(targets, (name) => [name, { ...measureBook.of(name), outputs: controller.outputSizes(name) }]),
        ),
        sources: new Map(sources.map((source) => [source.held.name, source.measure()])),
        queue: controller.measureQueue(),
        configRefusals: configs.refusals,
      };
    },
  };
}
