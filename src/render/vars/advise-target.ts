import type { SetBy } from '../types.js';

/** At most this many targets are named. */
const maxTargets = 3;

/** Where the operator sets a var, for `Set it …`. @param setBy given: the template is rendered without a target */
export function placeOfVar(file: string | undefined, setBy: SetBy | undefined): string {
  if (file !== undefined) return `in ${file}`;
  return setBy === undefined ? 'in the config' : 'at the top level of the config';
}

/** A sentence about the targets that set a var of a template that is rendered without a target, after a blank; or ''. */
export function adviseTarget(name: string, setBy: SetBy | undefined): string {
  const targets = setBy?.get(name) ?? [];
  const [first] = targets;
  if (first === undefined) return '';
  const more = targets.length > maxTargets ? ', …' : '';
  const named = `${targets.length === 1 ? 'The target' : 'The targets'} ${targets.slice(0, maxTargets).join(', ')}${more}`;
  return ` ${named} ${targets.length === 1 ? 'sets' : 'set'} it, but a template that is rendered by its name or path gets no vars of a target: \`rollcall render ${first}\` renders the target.`;
}
