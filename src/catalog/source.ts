import type { CatalogSource, OpenedSource } from './held-source.js';
import { autoOptions, detectFormat } from '../formats/auto.js';
import { isAutoChoice } from '../formats/choice.js';
import type { AutoChoice } from '../formats/choice.js';
import { withOtherReadings } from '../formats/find-other.js';
import type { FormatContext } from '../formats/kind.js';
import { addSupport, findSuccessor, type Successor } from '../formats/reconsider.js';
import { createFormat, describeKeys } from '../formats/registry.js';
import { resolveSpec } from '../formats/schema.js';
import type { Config } from '../config/schema.js';
import { messageOf, RollcallError } from '../model/errors.js';
import { baseOf, canonicalPrefix } from '../model/key-prefix.js';
import { createFold, describeFilters, type Fold } from '../snapshot/fold.js';
import type { Format } from '../model/format.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Log } from '../ports/runtime.js';
import type { FormatDecision, FormatDecisions } from '../state/format-decisions.js';

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
  const options = spec.name === 'auto' ? spec : autoOptions.parse({});
  const createFoldOf = (decided: AutoChoice): Fold => {
    const format = extend(withOtherReadings(createFormat(resolveSpec(spec, decided), context), options, context));
    const { select, addresses, requireLease, limits } = config;
    return createFold({
      source: name,
      prefix,
      format,
      ...(select && { select }),
      ...(addresses && { addresses }),
      ...{ requireLease, limits },
    });
  };
  // A decision of a read-only command lasts as long as the command.
  let decision: FormatDecision | undefined;
  const decide = (next: FormatDecision): void => {
    decision = next;
    decisions.set?.(name, prefix, next).catch((error: unknown) => {
      log.warn({ source: name, error: messageOf(error) }, 'the decision of `format: auto` could not be kept');
    });
  };

  function openAs(format: AutoChoice): OpenedSource {
    const fold = createFoldOf(format);
    return {
      folding: fold,
      final: true,
      reconsider({ format: present, counts, rejected }) {
        const { registrations } = fold;
        const reading = { format: present, keys: counts.keys - counts.ignored, rejected, registrations };
        const support = decision ?? { format, keys: 0, tops: [] };
        const successor = findSuccessor(reading, support);
        if (successor !== undefined) return () => change(format, successor);
        const grown = addSupport(support, reading);
        if (grown !== support) decide({ format, ...grown });
        return undefined;
      },
    };
  }

  function change(from: AutoChoice, { format, votes, against }: Successor): OpenedSource {
    log.warn(
      { source: name, from, format, keys: votes, against },
      `format decided again: ${format} in place of ${from}, because ${votes} keys are ${format} and ${against} are ${from}; write \`format: ${from}\` in this source if that is wrong`,
    );
    decide({ format, keys: 0, tops: [] });
    return openAs(format);
  }

  return {
    name,
    open(entries) {
      if (spec.name !== 'auto') return { folding: createFoldOf('plain'), final: true };
      const known = decisions.get(name, prefix);
      if (known !== undefined && isAutoChoice(known.format)) {
        decision = known;
        return openAs(known.format);
      }
      const detection = detectFormat(entries, spec, context);
      if (detection.kind === 'kubernetes') {
        const why = `${prefix} holds ${detection.keys} Kubernetes objects: this is the etcd of a Kubernetes cluster`;
        throw new RollcallError('NOT_A_REGISTRY', `source ${name}: ${why}`);
      }
      if (detection.kind === 'undecided') return { folding: createFoldOf('plain'), final: false };
      const { format, votes } = detection;
      const read = Object.values(votes).reduce((sum, count) => sum + count, 0);
      log.info(
        { source: name, format, keys: entries.length, votes },
        `format decided: ${format}, by ${votes[format] ?? 0} of ${read} keys${read < entries.length ? ` (a sample of ${entries.length})` : ''}; write \`format\` in this source to decide it yourself`,
      );
      decide({ format, keys: 0, tops: [] });
      return openAs(format);
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
