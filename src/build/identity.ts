import { createHash } from 'node:crypto';
import type { Config, TargetConfig } from '../config/schema.js';
import { hasSecretSource, sourcesOf, varsOf } from '../config/target-inputs.js';
import type { TemplateSet } from '../config/templates.js';
import type { Selection } from '../ports/journal.js';
import type { Runtime } from '../ports/runtime.js';
import { electionOf } from './cluster-wide.js';
import { permissionsOfTarget } from './permissions.js';
import type { Prepared } from './prepare.js';

/**
 * One text with all inputs of a target: its block, the names and filters of its sources, `vars`, environment variables, the directory of
 * the config, its cluster if the target uses it, the election that decides who writes it, and the texts of its templates with the partials that
 * they include. Two configs with the same text make the same
 * target.
 */
export function identifyTarget(
  { loaded: { config, directory, kinds }, templates }: Prepared,
  target: TargetConfig,
  env: Runtime['env'],
): string {
  const references = kinds.blocksOf(target).flatMap(({ kind, options }) => kind.templates(options));
  const texts = references.map(({ reference }) => templates.templates.get(reference)?.text ?? '');
  const variables = config.env.map((name) => [name, env[name] ?? null]);
  const partials = reachedPartials(texts, templates.partials);
  const inputs = [sourcesOf(config, target), hasSecretSource(config, target), varsOf(config, target), variables];
  const cluster = permissionsOfTarget(kinds, target, false).length > 0 ? config.kubernetes : null;
  const selection = identifySelection(config, target);
  const election = electionOf(config, kinds, target) ?? null;
  return JSON.stringify([directory, target, inputs, selection, texts, partials, cluster, election]);
}

/** What a target takes from its sources. Another prefix, format or etcd of a source is the same selection. */
export function identifySelection(config: Config, target: TargetConfig): Selection {
  const names = sourcesOf(config, target);
  const filters = config.sources.flatMap(({ name, select }) =>
    select && names.includes(name) ? [[name, select]] : [],
  );
  return {
    sources: digestOf(target.sources === undefined ? null : [...target.sources].sort()),
    select: digestOf([target.select ?? null, filters]),
  };
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** One text with all settings of a source. Two configs with the same text read the source in the same way. */
export function identifySource(source: Config['sources'][number]): string {
  return JSON.stringify(source);
}

const partialName = /\{\{~?#?>\s*["'[]?([\w/-]+)/g;

/** Names and texts of the partials that the texts include, directly or through other partials. Sorted by name. */
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
