import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './at-end.js';
import { binary } from './binaries.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { tempDir } from './temp.js';

/** One target in the answer of `/api/v1/targets`. */
const running = new Set<ChildProcess>();

export interface ScrapeTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
}

export interface Prometheus {
  /** Sorted by address. */
  targets(): Promise<readonly ScrapeTarget[]>;
  /** The names of the alerts that fire, and of those that wait for their `for`. */
  alerts(): Promise<{ readonly firing: readonly string[]; readonly pending: readonly string[] }>;
  stop(): Promise<void>;
}

/** A real Prometheus on a free port of the loopback address. @param conf prometheus.yml */
export async function startPrometheus(conf: string): Promise<Prometheus> {
  const program = binary('prometheus');
  if (program === undefined) throw new Error('Prometheus is not installed');
  const [dir, port] = [await tempDir('rollcall-prometheus-'), await freePort()];
  const file = join(dir, 'prometheus.yml');
  await writeFile(file, conf);
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  await until(async () => child.exitCode !== null || isReady(), { what: 'Prometheus being ready', deadline: 30_000 });
  if (child.exitCode !== null) throw new Error(`Prometheus ended: ${said}`);
  return {
    async targets() {
      const answer = await (await fetch(`http://127.0.0.1:${port}/api/v1/targets?state=active`)).json();
      const { activeTargets } = (answer as { data: { activeTargets: ScrapeTarget[] } }).data;
      return activeTargets.sort((a, b) => (a.scrapeUrl < b.scrapeUrl ? -1 : 1));
    },
    async alerts() {
      const answer = await (await fetch(`http://127.0.0.1:${port}/api/v1/alerts`)).json();
      const { alerts } = (answer as { data: { alerts: { labels: { alertname: string }; state: string }[] } }).data;
      const inState = (wanted: string): string[] =>
        [...new Set(alerts.filter(({ state }) => state === wanted).map(({ labels }) => labels.alertname))].sort();
      return { firing: inState('firing'), pending: inState('pending') };
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** promtool's messages about a prometheus.yml and the files that it names; '' when it accepts them. */
export function checkPrometheus(file: string): Promise<string> {
  return promtool('check', 'config', file);
}

/** The messages of promtool when it refuses something; '' when it accepts it. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const program = binary('promtool');
  if (program === undefined) throw new Error('promtool is not installed');
  return promisify(execFile)(program, args).then(
    () => '',
    (error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    },
  );
}

/** Servers that a failed test did not stop. */
atEnd(() => {
  for (const child of running) child.kill('SIGKILL');
});
