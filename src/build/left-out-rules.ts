import { basename } from 'node:path';
import { omissions, type LeftOutRule, type Omission } from '../model/left-out.js';
import type { View } from '../model/view.js';
import type { CompiledTemplate } from '../targets/maker.js';

/**
 * Why a target leaves out instances of its view: what its kind and its templates omit. If only some of its templates omit something, the
 * reason names them.
 */
export function leftOutRules(
  kind: { readonly omits?: readonly Omission[] },
  templates: readonly CompiledTemplate[],
  vars: View['vars'],
): LeftOutRule[] {
  const all = (kind.omits ?? []).map((omission) => omissions[omission]);
  const used = templates.map(({ name = '', omits }) => ({ name: basename(name), omitted: new Set(omits?.(vars)) }));
  const byTemplates = (Object.keys(omissions) as Omission[]).flatMap((omission) => {
    const names = [...new Set(used.filter(({ omitted }) => omitted.has(omission)).map(({ name }) => name))];
    if (names.length === 0) return [];
    const { reason, has } = omissions[omission];
    const isWhole = used.every(({ omitted }) => omitted.has(omission));
    return [{ reason: isWhole ? reason : `${reason} (${names.join(', ')})`, has }];
  });
  return [...all, ...byTemplates];
}
