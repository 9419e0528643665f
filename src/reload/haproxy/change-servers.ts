import type { ProcessInfo, RunningServer } from './answers.js';
import { learnOptions, type Loaded } from './loaded.js';
import { findForeignSettings, planBackend, type Action } from './plan.js';
import type { Questions } from './questions.js';
import type { Wanted } from './wanted.js';

export interface Changing {
  readonly process: Loaded;
  readonly wanted: Wanted;
  readonly info: Pick<ProcessInfo, 'canAdd' | 'version'>;
  /** By backend, the number of servers that wait for their connections to end. It is brought up to date. */
  readonly leaving: Map<string, number>;
}

export interface Changed {
  /** Number of servers that were added, changed or taken out of service. */
  readonly changed: number;
  /** Why the runtime cannot do a part, and what HAProxy should have done and has not: one clause each. */
  readonly obstacles: readonly string[];
  readonly refusals: readonly string[];
}

/**
 * Brings the servers of these backends in step with the files, and looks whether they are. A refusal does not keep the other servers from
 * theirs.
 *
 * @throws as `Questions`
 */
export async function changeServers(
  questions: Questions,
  { process, wanted, leaving, info: { canAdd, version } }: Changing,
  touched: readonly string[],
  signal: AbortSignal,
): Promise<Changed> {
  const obstacles: string[] = [];
  const refusals: string[] = [];
  const checked: string[] = [];
  let changed = 0;
  if (touched.length === 0) return { changed, obstacles, refusals };
  const { running, missing } = await questions.servers(touched, signal);
  const none: ReadonlyMap<string, RunningServer> = new Map();
  const plan = (name: string, servers: ReadonlyMap<string, RunningServer>) => {
    const section = wanted.backends.get(name);
    const known = process.options.get(name) ?? new Map<string, string>();
    const { foreignSettings } = process;
    return section
      ? planBackend(section, servers, { options: known, canAdd, version, foreignSettings })
      : { actions: [], obstacles: [] };
  };
  for (const name of touched) {
    const section = wanted.backends.get(name);
    const servers = running.get(name) ?? none;
    learnOptions(process, name, servers);
    if (section) process.foreignSettings ??= findForeignSettings(section, servers);
  }
  for (const name of touched) {
    leaving.delete(name);
    if (missing.includes(name)) {
      refusals.push(`HAProxy has no backend ${name}: it does not read the file of this backend`);
      continue;
    }
    const { actions, obstacles: found } = plan(name, running.get(name) ?? none);
    obstacles.push(...found);
    const known = process.options.get(name);
    for (const action of actions) {
      const refusal = await questions.command(action, name, signal);
      if (refusal?.isBusy === true) leaving.set(name, (leaving.get(name) ?? 0) + 1);
      else if (refusal)
        refusals.push(`HAProxy refuses to ${describe(action.kind)} in backend ${name}: ${refusal.words}`);
      else if (action.kind === 'add') known?.set(action.server.name, action.server.options);
      else if (action.kind === 'remove') known?.delete(action.name);
      if (!refusal && action.kind !== 'remove') changed += 1;
    }
    if (actions.some(({ kind }) => kind !== 'remove')) checked.push(name);
  }
  if (refusals.length > 0 || checked.length === 0) return { changed, obstacles, refusals };
  const after = await questions.servers(checked, signal);
  for (const name of checked) {
    const left = plan(name, after.running.get(name) ?? none).actions.find(({ kind }) => kind !== 'remove');
    if (left) refusals.push(`HAProxy has accepted to ${describe(left.kind)} in backend ${name}, and has not done it`);
  }
  return { changed, obstacles, refusals };
}

function describe(kind: Action['kind']): string {
  switch (kind) {
    case 'add':
      return 'add a server';
    case 'address':
      return 'change the address of a server';
    case 'weight':
      return 'change the weight of a server';
    case 'ready':
      return 'put a server into service';
    case 'disable':
    case 'retire':
      return 'take a server out of service';
    case 'remove':
      return 'remove a server';
  }
}
