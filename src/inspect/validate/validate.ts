import { parseConfig } from '../../config/parse-config.js';
import { formatProblem as formatConfigProblem, type ConfigProblem } from '../../config/problem.js';
import { parsePartially } from '../../config/partial-parse.js';
import type { Config } from '../../config/schema.js';
import { collectTemplates } from '../../config/templates.js';
import { formatProblem as formatTemplateProblem } from '../../render/problem.js';
import { compileAll } from '../../build/compile-templates.js';
import type { Runtime } from '../../ports/runtime.js';
import type { TargetKinds } from '../../targets/kinds.js';
import { checkAccounts } from './accounts.js';
import { checkCluster } from './cluster.js';
import { checkCommands } from './commands.js';
import { checkConnections } from './connections.js';
import { checkDestinations } from './destinations.js';
import { checkDirectories } from './directories.js';
import { checkHaproxyRuntimes } from './haproxy-runtime.js';

/** The problems of a config. Each is a paragraph of text: `file:line:column: message`, the line, a hint. */
export interface Diagnosis {
  /** The valid part of the config; absent when there is none. */
  readonly config?: Config;
  /** Mistakes in the config or its templates, on any machine. */
  readonly wrong: readonly string[];
  /** What is missing now: commands, directories, users; an etcd, a cluster and a name server that answer and allow the work. */
  readonly lacking: readonly string[];
  readonly warnings: readonly string[];
}

export interface ValidateOptions {
  /** Do not check commands, directories, users, etcd, the cluster and name servers. */
  readonly offline: boolean;
  /** Milliseconds for the answer of each etcd, cluster, name server and admin socket. */
  readonly timeout: number;
  /** Kinds of targets that the config may use. Default: all kinds of rollcall. */
  readonly kinds?: TargetKinds;
}

/**
 * Checks everything that would stop a config from running on this machine, and reports all problems at once. The valid part of
 * a wrong config is checked too. It writes nothing.
 *
 * @param file absolute path of the config
 * @throws ConfigError `CONFIG_NOT_FOUND` when it cannot be read
 */
export async function validateConfig(
  file: string,
  { offline, timeout, kinds }: ValidateOptions,
  runtime: Runtime,
): Promise<Diagnosis> {
  const parsed = await parseConfig(file, kinds);
  const warnings = parsed.warnings.map(formatConfigProblem);
  const usable = parsePartially(parsed);
  if (!usable) return { wrong: parsed.errors.map(formatConfigProblem), lacking: [], warnings };
  const set = await collectTemplates(usable);
  const { settings, templates } = compileAll(usable, set, usable.lossy);
  const [connections, cluster, destinations] = offline
    ? [[], [], []]
    : await Promise.all([
        checkConnections(usable, runtime, timeout),
        checkCluster(usable, runtime, timeout),
        checkDestinations(usable, runtime.clock, timeout),
      ]);
  const machine = offline
    ? []
    : [
        ...(await checkCommands(usable, runtime.env)),
        ...(await checkDirectories(usable)),
        ...(await checkAccounts(usable)),
      ];
  const runtimes = offline ? [] : await checkHaproxyRuntimes(usable, runtime.clock, timeout);
  const wrong = [...parsed.errors, ...set.problems, ...settings, ...connections.filter(({ code }) => code === 2)];
  const others = [...connections, ...cluster, ...runtimes];
  const lacking = [...machine, ...destinations, ...others.filter(({ code }) => code === 1)];
  return {
    config: usable.config,
    wrong: [...inOrder(wrong).map(formatConfigProblem), ...templates.map(formatTemplateProblem)],
    lacking: inOrder(lacking).map(formatConfigProblem),
    warnings: [...warnings, ...others.filter(({ code }) => code === 0).map(formatConfigProblem)],
  };
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
