import { parseConfig } from '../../config/parse-config.js';
import { formatProblem as formatConfigProblem, type ConfigProblem } from '../../config/problem.js';
import { parsePartially } from '../../config/partial-parse.js';
import type { Config } from '../../config/schema.js';
import { collectTemplates } from '../../config/templates.js';
import { formatProblem as formatTemplateProblem } from '../../render/problem.js';
import { compileAll } from '../../build/compile-templates.js';
import type { Runtime } from '../../ports.js';
import type { TargetKinds } from '../../targets/kinds.js';
import { checkCommands } from './commands.js';
import { checkConnections } from './connections.js';
import { checkDirectories } from './directories.js';

/** What is wrong with a config. Problems are paragraphs for people: `file:line:column: what`, the line, a hint. */
export interface Diagnosis {
  /** Absent when it is too wrong to be read. */
  readonly config?: Config;
  /** Wrong in the config or its templates, on any machine. */
  readonly wrong: readonly string[];
  /** Not as it must be on this machine, now: commands, folders, etcd. */
  readonly lacking: readonly string[];
  readonly warnings: readonly string[];
}

export interface ValidateOptions {
  /** Leave out what `lacking` is about. */
  readonly offline: boolean;
  /** Milliseconds that etcd has to answer. */
  readonly timeout: number;
  /** Kinds of targets that the config may use. Default: those that rollcall has. */
  readonly kinds?: TargetKinds;
}

/**
 * Looks for everything that would keep a config from running here, and does not stop at the first: of a config that is
 * wrong itself, what is right is looked at further. Nothing is written anywhere.
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
  const { paths, templates } = compileAll(usable, set, usable.lossy);
  const connections = offline ? [] : await checkConnections(usable, runtime, timeout);
  const machine = offline ? [] : [...(await checkCommands(usable, runtime.env)), ...(await checkDirectories(usable))];
  const wrong = [...parsed.errors, ...set.problems, ...paths, ...connections.filter(({ code }) => code === 2)];
  const lacking = [...machine, ...connections.filter(({ code }) => code === 1)];
  return {
    config: usable.config,
    wrong: [...inOrder(wrong).map(formatConfigProblem), ...templates.map(formatTemplateProblem)],
    lacking: inOrder(lacking).map(formatConfigProblem),
    warnings: [...warnings, ...connections.filter(({ code }) => code === 0).map(formatConfigProblem)],
  };
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
