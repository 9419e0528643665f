// What every part of the benchmark shares: where it measures, how often, and where its records go.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { measure } from './measure.mjs';
import { program, startRegistry } from './registry.mjs';

/**
 * @param options.folders directory of each medium; `runs` is the number of alternating runs; `gap` is ms between puts
 * @param onRecord called with each record: `part`, `name`, `title`, `size`, `medium`, `run` and figures
 */
export function makeSession({ folders, runs, gap, updates }, { onRecord, say }) {
  const records = [];
  const emit = (record) => {
    records.push(record);
    onRecord(record);
  };

  /** Runs a measurement in a new directory with a new etcd, so that measurements do not influence each other. */
  async function withRegistry(medium, take) {
    const dir = mkdtempSync(join(folders[medium] ?? medium, 'rollcall-bench-'));
    const registry = await startRegistry(dir);
    try {
      return await take(registry, dir);
    } finally {
      await registry.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  }

  const session = {
    ...{ records, say, emit, withRegistry },
    /** A part that measures one thing once. */
    once(part, take, common = {}) {
      return session.alternate([{ name: part, title: part, take }], { part, ...common }, { runs: 1 });
    },
    /**
     * Measures the cases one after the other, and then all of them again, so that a change in the load of the machine meets each case.
     *
     * @param cases `name`, `title`, and `subject` for `measure`, or `take(registry, dir)` for figures of another kind
     * @param common what is the same in all records
     * @param options instead of those of the session; `storm` is that of `measure`, for the last run only
     */
    async alternate(cases, common, { medium = 'tmpfs', storm = 0, updates: puts = updates, runs: times = runs }) {
      const from = records.length;
      for (let run = 1; run <= times; run++)
        for (const { name, title, subject, take } of cases) {
          const options = { updates: puts, gap, storm: run === times ? storm : 0 };
          const figures = await withRegistry(
            medium,
            take ?? ((registry, dir) => measure(subject, registry, dir, options)),
          );
          emit({ ...common, name, title, medium, run, ...figures });
        }
      return records.slice(from);
    },
    /**
     * Measures cases side by side, again and again.
     *
     * @param take resolves to one record for each case; it gets the number of the run
     * @param common what is the same in all records
     */
    async sideBySide(take, common) {
      const from = records.length;
      for (let run = 1; run <= runs; run++) {
        const found = await withRegistry(common.medium, (registry, dir) => take(registry, dir, run));
        for (const figures of found) emit({ ...common, run, ...figures });
      }
      return records.slice(from);
    },
  };
  return session;
}

/** The version that etcd prints in its first line. */
function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /etcd Version: (\S+)/.exec(stdout ?? '')?.[1];
}

export function describeMachine() {
  const [load = 0] = loadavg();
  return {
    part: 'machine',
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    cores: cpus().length,
    linux: release(),
    node: process.version,
    etcd: versionOf(program) ?? 'unknown',
    load,
  };
}
