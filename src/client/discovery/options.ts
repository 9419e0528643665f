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

/** What to discover, and how long to wait for it. */
export interface DiscoverOptions {
  /** One service by its name. Default: every service below `prefix`. */
  readonly service?: string;
  /**
   * What stands before the service in the keys; `/services` is `/services/`. Default: the usual one of the format, `/services/`
   * for `auto`, `json` and `plain`. A format without a usual one needs it.
   */
  readonly prefix?: string;
  /**
   * Where the service and the id stand in what follows the prefix, such as `<service>/instances/<id>`. Without `<service>` all keys are
   * of the service that is asked for. Default: what is usual for the format, `<service>/<id>` for `auto`, `json` and `plain`.
   */
  readonly key?: string;
  /**
   * How registrations are written: the name of a format, or an object of its name and options. Default `auto`: `json` or `plain`, as
   * most of the keys are.
   */
  readonly format?: FormatOption;
  /** Which instances are taken. Default: all. */
  readonly select?: InstanceFilter;
  /** Which addresses may be registered. Default: all. */
  readonly addresses?: AddressRules;
  /** Whether a value may name another service than its key. Default false. */
  readonly trustValue?: boolean;
  /** Milliseconds that etcd has for the first complete list. Default 10,000; `Infinity` waits for ever. */
  readonly timeout?: number;
  /** Ends the waiting for the first complete list, and nothing after it. */
  readonly signal?: AbortSignal;
}

/** What is watched, and what of it is wanted. */
export interface DiscoveryQuery {
  readonly source: SourceSettings;
  readonly service: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const schema = sourceSchema.omit({ name: true, prefix: true, exact: true, service: true });

/** @throws RollcallError DISCOVERY_INVALID with everything that is wrong with the options */
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
  if (format.name === 'raw') throw invalid('format: raw keys are settings, and no services');
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
