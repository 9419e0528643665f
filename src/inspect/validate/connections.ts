import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import { createEtcd, type Etcd } from '../../etcd/client.js';
import { connectionFrom } from '../../etcd/environment.js';
import type { EtcdOptions } from '../../etcd/options.js';
import { adviseFormat, describeFormatAdvice } from '../../formats/advise-format.js';
import { adviseKeys, describeAdvice } from '../../formats/keys/advice.js';
import { withDeadline } from '../../model/deadline.js';
import { RollcallError } from '../../model/errors.js';
import { clip, selectorOf, type KeySelector } from '../../model/key-prefix.js';
import { otherConnection } from '../../build/connection.js';
import { describeNoKeys, noKeysHint } from '../../catalog/report-keys.js';
import { createCatalogSource, prefixOf, type SourceSettings } from '../../catalog/source.js';
import type { Runtime } from '../../ports/runtime.js';
import type { FormatDecisions } from '../../state/format-decisions.js';
import { readDecisionsOf } from '../open.js';
import { adviseWeights } from './weights.js';

/** A problem with an etcd. `code` is the exit code for it: 2 when the settings of the connection are wrong, 0 for a warning. */
export interface ConnectionProblem extends ConfigProblem {
  readonly code: 0 | 1 | 2;
}

/** One etcd connection of the config, and what the config reads over it. */
interface Use {
  /** Path of the `etcd` block. */
  readonly at: ConfigPath;
  readonly connection: () => EtcdOptions;
  readonly reads: readonly Read[];
}

interface Read {
  readonly at: ConfigPath;
  readonly keys: KeySelector;
  /** Present when a source reads the keys. */
  readonly source?: SourceSettings;
}

/**
 * Checks that each etcd answers, and that the user may read the keys that the config needs. A connection with a wrong `etcd`
 * block is left out.
 *
 * @param timeout milliseconds for each connection
 */
export async function checkConnections(
  loaded: LoadedConfig & { readonly lossy: ReadonlySet<string> },
  runtime: Runtime,
  timeout: number,
): Promise<ConnectionProblem[]> {
  const { decisions, problems } = await findDecisions(loaded);
  const found = await Promise.all(
    usesOf(loaded, runtime.env)
      .filter(({ at }) => at.length > 1 || !loaded.lossy.has('etcd'))
      .map((use) =>
        withDeadline({ timeout, clock: runtime.clock }, (late) =>
          checkConnection({ ...loaded, decisions }, use, runtime, timeout, late),
        ),
      ),
  );
  return [...problems, ...found.flat()];
}

type Decisions = Pick<FormatDecisions, 'get'>;

/** A config, and the decisions of `format: auto` that `run` has made for it. */
type DecidedConfig = LoadedConfig & { readonly decisions: Decisions };

/** The decisions of `run`. If they cannot be read, that is a problem: `run` may read a source in another way than this check. */
async function findDecisions({
  config,
  locate,
}: LoadedConfig): Promise<{ decisions: Decisions; problems: ConnectionProblem[] }> {
  try {
    return { decisions: await readDecisionsOf(config), problems: [] };
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    // `run` refuses to start on such a stateDir, so it has decided nothing. The check of the directories reports it.
    if (error.cause instanceof RollcallError && error.cause.code === 'PATH_UNTRUSTED')
      return { decisions: { get: () => undefined }, problems: [] };
    const problem = { ...locate(['stateDir'], error.message, error.hint), code: 2 } as const;
    return { decisions: { get: () => undefined }, problems: [problem] };
  }
}

function usesOf({ config, kinds }: LoadedConfig, env: Runtime['env']): Use[] {
  const main: Read[] = config.sources.map((source, index) => ({
    at: ['sources', index, 'prefix'],
    keys: selectorOf(prefixOf(source)),
    source,
  }));
  const others: Use[] = [];
  for (const [index, target] of config.targets.entries())
    for (const { kind, options } of kinds.blocksOf(target))
      for (const { etcd, keys, at } of kind.reads(options)) {
        const block: ConfigPath = ['targets', index, kind.key];
        const read = { at: [...block, ...at], keys };
        if (!etcd) main.push(read);
        else
          others.push({
            at: [...block, ...etcd.at],
            connection: () => otherConnection(etcd.block, env),
            reads: [read],
          });
      }
  return [{ at: ['etcd'], connection: () => connectionFrom(config.etcd, env), reads: main }, ...others];
}

async function checkConnection(
  loaded: DecidedConfig,
  { at, connection, reads }: Use,
  runtime: Runtime,
  timeout: number,
  late: AbortSignal,
): Promise<ConnectionProblem[]> {
  const { locate } = loaded;
  const show = (at: ConfigPath, error: RollcallError, code: 1 | 2): ConnectionProblem => ({
    ...locate(at, error.message, error.hint),
    code,
  });
  let etcd: Etcd;
  try {
    etcd = createEtcd(connection(), runtime);
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    return [show(at, error, 2)];
  }
  try {
    const problems: ConnectionProblem[] = [];
    for (const read of reads) {
      try {
        await etcd.range({ ...read.keys, limit: 1 }, late);
        problems.push(...(await adviseOn(etcd, read, loaded, runtime, late)));
      } catch (error) {
        const known = error instanceof RollcallError ? error : silence(timeout, error);
        // A denied permission concerns one prefix. Any other failure concerns the connection, so the other reads would fail too.
        if (known.code === 'ETCD_DENIED') problems.push(show(read.at, known, 1));
        else return [...problems, show(at, known, 1)];
      }
    }
    return problems;
  } finally {
    etcd.close();
  }
}

/** Number of keys to read from a source: enough to see their pattern. */
const sample = 500;

/**
 * Checks that there are keys, that most of the first ones match the pattern, and that no other format reads some of them. A sample that
 * cannot be read (too many bytes, say) is no problem.
 */
async function adviseOn(
  etcd: Etcd,
  { at, keys, source }: Read,
  loaded: DecidedConfig,
  { log }: Runtime,
  signal: AbortSignal,
): Promise<ConnectionProblem[]> {
  if (source === undefined) return [];
  const { locate, decisions } = loaded;
  try {
    const { entries, revision, clusterId } = await etcd.range({ ...keys, limit: sample }, signal);
    if (entries.length === 0) {
      const hint = await explainEmpty(etcd, source, signal);
      return [{ ...locate(at, describeNoKeys(prefixOf(source)), hint), code: 0 }];
    }
    const list = { kind: 'sync', revision, clusterId, entries } as const;
    const opened = createCatalogSource(source, decisions, log).open(entries);
    const read = opened.folding.apply(list);
    const snapshot = opened.reconsider?.(read)?.().folding.apply(list) ?? read;
    const problems: ConnectionProblem[] = [];
    const format = adviseFormat(snapshot);
    if (format) problems.push({ ...locate(at, describeFormatAdvice(format)), code: 0 });
    problems.push(...adviseWeights(snapshot, loaded).map((problem) => ({ ...problem, code: 0 as const })));
    const pattern = adviseKeys(snapshot);
    // If no key of the sample matches, the source would read nothing: that is an error, not a warning.
    if (pattern)
      problems.push({ ...locate(at, describeAdvice(pattern)), code: pattern.mismatched === pattern.keys ? 1 : 0 });
    return problems;
  } catch (error) {
    if (error instanceof RollcallError) return [];
    throw error;
  }
}

/** A hint for a source without keys: its prefix may be a key, or end within a segment (`/service/` for `/services/`). */
async function explainEmpty(etcd: Etcd, source: SourceSettings, signal: AbortSignal): Promise<string> {
  const text = source.prefix.replace(/[/*]+$/, '');
  if (source.exact || text === '') return noKeysHint;
  // A role that permits only the directory does not permit these keys: then there is no such hint.
  const found = await etcd.range({ prefix: text, limit: 1 }, signal).catch(() => undefined);
  const key = found?.entries[0]?.key;
  if (key === undefined) return noKeysHint;
  if (key === text) return `${text} is a key itself: write \`exact: true\` to read it.`;
  const near = key.slice(0, key.indexOf('/', text.length) + 1);
  return near === '' ? noKeysHint : `There are keys below ${clip(near)}. ${noKeysHint}`;
}

function silence(timeout: number, cause: unknown): RollcallError {
  return new RollcallError('ETCD_UNREACHABLE', `etcd did not answer within ${timeout} ms`, { cause });
}
