import Handlebars from 'handlebars';
import type { Instance, Service } from '../../model/instance.js';
import { isTruthy } from '../helpers/helper.js';
import type { Culprit, Run } from './run.js';
import { unwrap, wrapContext } from './values.js';

/** What Handlebars hands to a block. */
export interface BlockOptions {
  readonly fn: (context: unknown, options?: object) => string;
  readonly inverse: (context: unknown) => string;
  readonly hash: Readonly<Record<string, unknown>>;
  readonly data: object;
  readonly loc: { readonly source: string; readonly start: { readonly line: number; readonly column: number } };
}

type BlockFunction = (this: unknown, value: unknown, options: BlockOptions) => string;
type Guard = (item: unknown, body: () => string) => string;

/** Throws the failure of a block that was given what it cannot take. */
export type Refuse = (options: BlockOptions, message: string) => never;

/**
 * Handlebars' blocks, written anew: missing values are told apart from empty ones, `../` is exact, and those over
 * instances or services (as the lint found out: `eachInstance` …) note which one fails and go on with the next.
 */
export function createBlocks(current: () => Run, refuse: Refuse): Readonly<Record<string, BlockFunction>> {
  const guards: Readonly<Record<string, Guard>> = {
    '': (_item, body) => body(),
    Instance: (item, body) => current().guard(culprit({ instance: item as Instance }), body),
    Service: (item, body) => current().guard(culprit({ service: item as Service }), body),
  };
  const pairs = Object.entries(guards).flatMap(([name, guard]): [string, BlockFunction][] => [
    [`each${name}`, createEach(guard, refuse)],
    [`with${name}`, createWith(guard)],
  ]);
  return {
    ...Object.fromEntries(pairs),
    if: createCondition(true),
    unless: createCondition(false),
  };
}

function culprit(one: Culprit): Culprit {
  return one;
}

function createCondition(wanted: boolean): BlockFunction {
  return function (value, options) {
    const plain = unwrap(value);
    const truth = isTruthy(plain) || (plain === 0 && isTruthy(options.hash.includeZero));
    return truth === wanted ? options.fn(this) : options.inverse(this);
  };
}

function createWith(guard: Guard): BlockFunction {
  return function (value, options) {
    const plain = unwrap(value);
    if (plain !== 0 && !isTruthy(plain)) return options.inverse(this);
    const body = (): string => options.fn(wrapContext(plain, this), { data: options.data, blockParams: [plain] });
    return guard(plain, body);
  };
}

function createEach(guard: Guard, refuse: Refuse): BlockFunction {
  return function (value, options) {
    const collection = unwrap(value);
    if (collection === undefined) return refuse(options, 'is missing');
    if (collection !== null && typeof collection !== 'object') return refuse(options, 'is nothing to loop over');
    const entries: [string | number, unknown][] = Array.isArray(collection)
      ? (collection as unknown[]).map((item, index) => [index, item])
      : Object.entries(collection ?? {});
    if (entries.length === 0) return options.inverse(this);
    const data = Handlebars.createFrame(options.data) as Record<string, unknown>;
    let text = '';
    for (const [index, [key, item]] of entries.entries()) {
      Object.assign(data, { key, index, first: index === 0, last: index === entries.length - 1 });
      text += guard(item, () => options.fn(wrapContext(item, this), { data, blockParams: [item, key] }));
    }
    return text;
  };
}
