import type * as z from 'zod';
import { dropEchoes, explainIssues } from '../../config/explain.js';
import { showPath } from '../../config/problem.js';
import { parseKeyPattern } from '../../formats/keys/pattern.js';
import { parseSafely } from '../../config/safe-parse.js';
import { sourceSchema } from '../../config/source.js';
import { rangeOfService } from '../../formats/keys/service-range.js';
import { problemsOfKeys } from '../../formats/keys/settings.js';
import type { FormatOption } from '../../formats/schema.js';
import type { AddressRules } from '../../model/addresses.js';
import { RollcallError } from '../../model/errors.js';
import { selectorOf } from '../../model/key-prefix.js';
import type { InstanceFilter } from '../../model/filter.js';
import type { SourceSettings } from '../../catalog/source.js';

/** The options of `discover`. */
export interface DiscoverOptions {
  /** The name of one service. Default: all services below `prefix`. */
  readonly service?: string;
  /**
   * The part of the keys before the service. `/services` means `/services/`. Default: the usual prefix of the format, `/services/` for
   * `auto`, `json` and `plain`. Required for a format without a usual prefix.
   */
  readonly prefix?: string;
  /**
   * The pattern of the part after the prefix, such as `<service>/instances/<id>`. Without `<service>`, all keys belong to the service that
   * is discovered. Default: the usual pattern of the format, `<service>/<id>` for `auto`, `json` and `plain`.
   */
  readonly key?: string;
  /**
   * The format of the registrations: a name, or an object with the name and options. Default `auto`: `json` or `plain`, whichever most of
   * the keys have.
   */
  readonly format?: FormatOption;
  /** Filters the instances. Default: all. */
  readonly select?: InstanceFilter;
  /** Filters the addresses: an instance with another address is rejected. Default: all are allowed. */
  readonly addresses?: AddressRules;
  /** True: a value may name another service than its key. Default false. */
  readonly trustValue?: boolean;
  /** Milliseconds until etcd must have sent the first complete list; `Infinity`: no limit. Default 10,000. */
  readonly timeout?: number;
  /** Ends the wait for the first complete list. It has no effect afterwards. */
  readonly signal?: AbortSignal;
}

/** The checked options of `discover`: the source to watch, and the service to select from it. */
export interface DiscoveryQuery {
  readonly source: SourceSettings;
  readonly service: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const schema = sourceSchema.omit({ name: true, prefix: true, exact: true, service: true });

/** @throws RollcallError DISCOVERY_INVALID, which lists every problem of the options */
export function resolveDiscovery(options: DiscoverOptions): DiscoveryQuery {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { service, prefix, timeout = 10_000, signal, ...rest } = given as DiscoverOptions;
  const problems = [
    ...(service === undefined || typeof service === 'string' ? [] : ['service: expected text']),
    ...(prefix === undefined || typeof prefix === 'string' ? [] : ['prefix: expected text']),
    ...(typeof timeout === 'number' && timeout > 0 ? [] : ['timeout: expected milliseconds, more than 0']),
    ...(signal === undefined || signal instanceof AbortSignal ? [] : ['signal: expected an AbortSignal']),
  ];
  const parsed = parseSafely(schema, rest);
  if (!parsed.success) problems.push(...explain(parsed.error, rest));
  if (!parsed.success || problems.length > 0) throw invalid(problems.join('; '));
  const { format, trustValue, key } = parsed.data;
  if (format.name === 'raw') throw invalid('format: raw keys are settings, not services');
  const pattern = key === undefined ? undefined : parseKeyPattern(key);
  const named = pattern !== undefined && !('problem' in pattern) && !pattern.namesService ? service : undefined;
  const [problem] = problemsOfKeys({ prefix: prefix ?? '', key, service: named, nameless: false });
  if (problem !== undefined) throw invalid(`${problem.at}: ${problem.message}`);
  const range = rangeOfService(format, { service, prefix, key, trustValue });
  if ('problem' in range) throw invalid(range.problem);
  const source = {
    ...parsed.data,
    ...{ name: range.prefix || '*', ...range, exact: 'key' in selectorOf(range.prefix) },
    ...(named !== undefined && { service: named }),
  };
  return { source, service, timeout, signal };
}

function explain(error: z.ZodError, data: unknown): string[] {
  return dropEchoes(explainIssues(error.issues, schema, data)).map(({ path, message, hint }) => {
    const near = hint !== undefined && /^(?:Did you mean|Write) /.test(hint) ? ` (${hint})` : '';
    return `${showPath(path)}: ${message}${near}`;
  });
}

function invalid(why: string): RollcallError {
  return new RollcallError('DISCOVERY_INVALID', `discover: ${why}`);
}
