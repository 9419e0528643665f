import Handlebars from 'handlebars';
import type { Instance, Service } from '../../model/instance.js';
import { isTruthy } from '../helpers/helper.js';
import type { RenderMemory } from '../memo/memory.js';
import { siteArgument } from '../memo/plan.js';
import type { Site } from '../memo/plan.js';
import type { Culprit, Run } from './run.js';
import type { SizeCheck } from './size.js';
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

/** Throws the failure of a block that was given what it cannot take. */
export type Refuse = (options: BlockOptions, message: string) => never;

export interface BlockContext {
  readonly current: () => Run;
  readonly refuse: Refuse;
  readonly memory: RenderMemory;
  readonly sites: readonly Site[];
  /** A check of what the bodies of this call write, if its consumer sets limits. */
  readonly sizeCheck: (options: BlockOptions) => { readonly check: SizeCheck; readonly inline: boolean } | undefined;
}

/** Whom to blame for what fails in a body over such items; absent where the blame is on whom it is around. */
type Blame = ((item: unknown) => Culprit) | undefined;

/**
 * Handlebars' blocks, written anew: missing values are told apart from empty ones, `../` is exact, and those over
 * instances or services (as the lint found out: `eachInstance` …) note which one fails and go on with the next, and
 * keep texts from one rendering to the next.
 */
export function createBlocks(runtime: BlockContext): Readonly<Record<string, BlockFunction>> {
  const blames: Readonly<Record<string, Blame>> = {
    '': undefined,
    Instance: (item) => ({ instance: item as Instance }),
    Service: (item) => ({ service: item as Service }),
  };
  const pairs = Object.entries(blames).flatMap(([name, blame]): [string, BlockFunction][] => [
    [`each${name}`, createEach(blame, runtime)],
    [`with${name}`, createWith(blame, runtime)],
  ]);
  return {
    ...Object.fromEntries(pairs),
    if: createCondition(true),
    unless: createCondition(false),
  };
}

function createCondition(wanted: boolean): BlockFunction {
  return function (value, options) {
    const plain = unwrap(value);
    const truth = isTruthy(plain) || (plain === 0 && isTruthy(options.hash.includeZero));
    return truth === wanted ? options.fn(this) : options.inverse(this);
  };
}

function createWith(blame: Blame, { current, sizeCheck }: BlockContext): BlockFunction {
  return function (value, options) {
    const plain = unwrap(value);
    if (plain !== 0 && !isTruthy(plain)) return options.inverse(this);
    const body = (): string => options.fn(wrapContext(plain, this), { data: options.data, blockParams: [plain] });
    if (blame === undefined) return body();
    const check = sizeCheck(options)?.check;
    return current().guard(blame(plain), () => checked(body(), check));
  };
}

function createEach(blame: Blame, { current, refuse, memory, sites, sizeCheck }: BlockContext): BlockFunction {
  return function (value, options) {
    const collection = unwrap(value);
    if (collection === undefined) return refuse(options, 'is missing');
    if (collection !== null && typeof collection !== 'object') return refuse(options, 'is nothing to loop over');
    const keys = Array.isArray(collection) ? undefined : Object.keys(collection ?? {});
    const items: readonly unknown[] = Array.isArray(collection) ? collection : Object.values(collection ?? {});
    const count = items.length;
    if (count === 0) return options.inverse(this);
    let data: Record<string, unknown> | undefined;
    const write = (index: number): string => {
      const item = items[index];
      const key = keys === undefined ? index : keys[index];
      data ??= Handlebars.createFrame(options.data) as Record<string, unknown>;
      data.key = key;
      data.index = index;
      data.first = index === 0;
      data.last = index === count - 1;
      return options.fn(wrapContext(item, this), { data, blockParams: [item, key] });
    };
    const size = blame === undefined ? undefined : sizeCheck(options);
    const writeOne =
      blame === undefined ? write : guardBodies(current(), write, (index) => blame(items[index]), size?.check);
    // What an item's neighbours on the line leave room for is no matter of the item alone.
    const site = size?.inline === true ? undefined : sites[options.hash[siteArgument] as number];
    if (site !== undefined && keys === undefined) {
      const outer = site.outer.map((name) => unwrap(options.hash[name]));
      const text = memory.writeList(site, outer, items, writeOne);
      if (text !== undefined) return text;
    }
    let text = '';
    for (let index = 0; index < count; index++) text += writeOne(index);
    return text;
  };
}

function guardBodies(
  run: Run,
  write: (index: number) => string,
  blame: (index: number) => Culprit,
  check: SizeCheck | undefined,
): (index: number) => string {
  return (index) => {
    run.bodies++;
    try {
      return checked(write(index), check);
    } catch (error) {
      run.reject(blame(index), error);
      return '';
    }
  };
}

function checked(text: string, check: SizeCheck | undefined): string {
  check?.(text);
  return text;
}
