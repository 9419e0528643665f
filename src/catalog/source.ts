import type { CatalogSource } from './held-source.js';
import { detectFormat } from '../formats/auto.js';
import { isAutoChoice } from '../formats/choice.js';
import type { AutoChoice } from '../formats/choice.js';
import type { FormatContext } from '../formats/kind.js';
import { createFormat, describeKeys } from '../formats/registry.js';
import { resolveSpec } from '../formats/schema.js';
import type { Config } from '../config/schema.js';
import { messageOf, RollcallError } from '../model/errors.js';
import { baseOf, canonicalPrefix } from '../model/key-prefix.js';
import { createFold, describeFilters } from '../snapshot/fold.js';
import type { Format } from '../model/format.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Log } from '../ports.js';
import type { FormatDecisions } from '../state/format-decisions.js';

/** A source of the config, or one made from options of the library. */
export type SourceSettings = Config['sources'][number] & {
  /** The part of a key before the segments that `key` names. Default: the prefix up to its last slash. */
  readonly base?: string;
};

/** The canonical prefix of a source, or the one key that it reads. */
export function prefixOf({ prefix, exact }: Pick<SourceSettings, 'prefix' | 'exact'>): string {
  return canonicalPrefix(prefix, exact);
}

/** The decisions of `format: auto`. With `set`, new decisions are kept over restarts. */
export type KnownFormats = Pick<FormatDecisions, 'get'> & Partial<FormatDecisions>;

function contextOf(config: SourceSettings): FormatContext {
  const { trustValue, key, service } = config;
  return { trustValue, base: config.base ?? baseOf(prefixOf(config)), key, service };
}

/**
 * The catalog's source for a source of the config.
 *
 * @param extend wraps the format of the source
 */
export function createCatalogSource(
  config: SourceSettings,
  decisions: KnownFormats,
  log: Log,
  extend = (format: Format): Format => format,
): CatalogSource {
  const { name, format: spec } = config;
  const prefix = prefixOf(config);
  const context = contextOf(config);
  const folding = (decided: AutoChoice) => {
    const format = extend(createFormat(resolveSpec(spec, decided), context));
    const { select, addresses } = config;
    return createFold({
      source: name,
      prefix,
      format,
      ...(select && { select }),
      ...(addresses && { addresses }),
    });
  };
  return {
    name,
    open(entries) {
      if (spec.name !== 'auto') return { folding: folding('plain'), final: true };
      const known = decisions.get(name, prefix);
      if (isAutoChoice(known)) return { folding: folding(known), final: true };
      const detection = detectFormat(entries, spec, context);
      if (detection.kind === 'kubernetes') {
        const why = `${prefix} holds ${detection.keys} Kubernetes objects: this is the etcd of a Kubernetes cluster`;
        throw new RollcallError('NOT_A_REGISTRY', `source ${name}: ${why}`);
      }
      if (detection.kind === 'undecided') return { folding: folding('plain'), final: false };
      decisions.set?.(name, prefix, detection.format).catch((error: unknown) => {
        log.warn({ source: name, error: messageOf(error) }, 'the decision of `format: auto` could not be kept');
      });
      log.info({ source: name, format: detection.format, votes: detection.votes }, 'format decided');
      return { folding: folding(detection.format), final: true };
    },
  };
}

/**
 * The sources of the last good snapshot that are read in the same way today: same name, prefix, keys, format and filters. Another filter
 * may take instances that the old one left out, so what was saved says too little. A source that is secret today is not used.
 */
export function restoreSources(snapshot: Snapshot | undefined, sources: readonly SourceSettings[]): SourceSnapshot[] {
  return sources.flatMap((config) => {
    const kept = snapshot?.sources.find(({ source, prefix }) => source === config.name && prefix === prefixOf(config));
    if (!kept || config.secret || (config.format.name !== 'auto' && config.format.name !== kept.format)) return [];
    // With another pattern, other options or without `trustValue`, the same keys may be other services.
    const spec = resolveSpec(config.format, isAutoChoice(kept.format) ? kept.format : 'plain');
    if (spec.name !== kept.format || kept.keys !== describeKeys(spec, contextOf(config))) return [];
    return kept.filters === describeFilters(config) ? [kept] : [];
  });
}
