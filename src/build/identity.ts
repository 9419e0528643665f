import type { Config } from '../config/schema.js';
import type { TemplateSet } from '../config/templates.js';
import type { Runtime } from '../ports.js';
import { sourcesOf, varsOf } from './compile-templates.js';
import type { Prepared } from './prepare.js';

/**
 * All that a target is made from, as one text: its block, its sources' names, `vars`, variables, the folder of the config, and the
 * texts of its templates with the partials that they reach. Two configs that give the same text make the same target.
 */
export function identifyTarget(
  { loaded: { config, folder }, templates }: Prepared,
  target: Config['targets'][number],
  env: Runtime['env'],
): string {
  const texts = (target.files ?? []).map(({ template }) => templates.templates.get(template)?.text ?? '');
  const variables = config.env.map((name) => [name, env[name] ?? null]);
  const partials = reachedPartials(texts, templates.partials);
  return JSON.stringify([
    folder,
    target,
    sourcesOf(config, target),
    varsOf(config, target),
    variables,
    texts,
    partials,
  ]);
}

/** All that a source is read by, as one text. */
export function identifySource(source: Config['sources'][number]): string {
  return JSON.stringify(source);
}

const partialName = /\{\{~?#?>\s*["'[]?([\w/-]+)/g;

/** Names and texts of the partials that the texts include, directly or by way of other partials. Sorted by name. */
function reachedPartials(texts: readonly string[], partials: TemplateSet['partials']): (readonly [string, string])[] {
  const reached = new Map<string, string>();
  const pending = [...texts];
  for (let text = pending.pop(); text !== undefined; text = pending.pop())
    for (const [, name = ''] of text.matchAll(partialName)) {
      const partial = partials.get(name);
      if (!partial || reached.has(name)) continue;
      reached.set(name, partial.text);
      pending.push(partial.text);
    }
  return [...reached].sort(([a], [b]) => (a < b ? -1 : 1));
}
