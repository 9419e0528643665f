import Handlebars from 'handlebars';
import type { Instance, Service } from '../../model/instance.js';
import { isTruthy } from '../helpers/helper.js';
import type { RenderCache } from '../memo/render-cache.js';
import { loopArgument } from '../memo/plan.js';
import type { CachedLoop } from '../memo/plan.js';
import { joinTexts } from '../memo/texts.js';
import type { PieceList } from './compiler.js';
import type { Rejectable, Rendering } from './rendering.js';
import type { SizeCheck } from './size.js';
import { Traced } from './traced.js';
import type { Tracer } from './tracer.js';
import { unwrap, wrapContext } from './values.js';

/** The options that Handlebars passes to a block. */
export interface BlockOptions {
  readonly fn: (context: unknown, options?: object) => string;
  readonly inverse: (context: unknown) => string;
  readonly hash: Readonly<Record<string, unknown>>;
  readonly data: object;
  readonly loc: { readonly source: string; readonly start: { readonly line: number; readonly column: number } };
}

type BlockFunction = (this: unknown, value: unknown, options: BlockOptions) => string;

/** Handlebars passes the options after the values. */
type LetFunction = (this: unknown, ...all: unknown[]) => string;

/** Throws the failure of a block whose argument is invalid. */
export type Refuse = (options: BlockOptions, value: unknown, message: string) => never;

export interface BlockContext {
  readonly current: () => Rendering;
  readonly refuse: Refuse;
  /** Undefined outside a tracing rendering. */
  readonly tracer: () => Tracer | undefined;
  readonly cache: () => RenderCache;
  readonly loops: readonly CachedLoop[];
  /** The size check for the bodies of this call; undefined when the consumer sets no limit. */
  readonly sizeCheck: (options: BlockOptions) => { readonly check: SizeCheck; readonly inline: boolean } | undefined;
}

/** Turns an item into the instance or service to reject when its body fails. Undefined: the failure passes to the enclosing block. */
type ToRejectable = ((item: unknown) => Rejectable) | undefined;

/**
 * Replaces Handlebars' blocks. These blocks distinguish missing values from empty ones, and their `../` is exact. Blocks over instances or
 * services (the lint names them `eachInstance` and so on) also reject a failing item, continue with the next one, and reuse texts from the
 * last rendering.
 */
export function createBlocks(runtime: BlockContext): Readonly<Record<string, BlockFunction | LetFunction>> {
  const kinds: Readonly<Record<string, ToRejectable>> = {
    '': undefined,
    Instance: (item) => ({ instance: item as Instance }),
    Service: (item) => ({ service: item as Service }),
  };
  const pairs = Object.entries(kinds).flatMap(([name, toRejectable]): [string, BlockFunction][] => [
    [`each${name}`, createEach(toRejectable, runtime)],
    [`with${name}`, createWith(toRejectable, runtime)],
  ]);
  return {
    ...Object.fromEntries(pairs),
    if: createCondition(true),
    unless: createCondition(false),
    let: writeLet,
  };
}

function createCondition(expected: boolean): BlockFunction {
  return function (value, options) {
    const plain = unwrap(value);
    const truth = isTruthy(plain) || (plain === 0 && isTruthy(unwrap(options.hash.includeZero)));
    return truth === expected ? options.fn(this) : options.inverse(this);
  };
}

function writeLet(this: unknown, ...all: unknown[]): string {
  const options = all.pop() as BlockOptions;
  return options.fn(this, { data: options.data, blockParams: all.map(toParam) });
}

/** The value of a block parameter: plain, unless the rendering traces it. */
function toParam(value: unknown): unknown {
  return value instanceof Traced ? value : unwrap(value);
}

function createWith(toRejectable: ToRejectable, { current, tracer, sizeCheck }: BlockContext): BlockFunction {
  return function (value, options) {
    const plain = unwrap(value);
    if (plain !== 0 && !isTruthy(plain)) return options.inverse(this);
    const inner = toParam(value);
    const body = (): string => options.fn(wrapContext(inner, this), { data: options.data, blockParams: [inner] });
    if (toRejectable === undefined) return body();
    if (tracer()?.runs(plain as object) === false) return '';
    const check = sizeCheck(options)?.check;
    return current().guard(toRejectable(plain), () => checked(body(), check));
  };
}

function createEach(
  toRejectable: ToRejectable,
  { current, refuse, tracer, cache, loops, sizeCheck }: BlockContext,
): BlockFunction {
  return function (value, options) {
    const collection = unwrap(value);
    if (collection === undefined) return refuse(options, value, 'is missing');
    if (collection !== null && typeof collection !== 'object')
      return refuse(options, value, 'is neither a list nor a map');
    const keys = Array.isArray(collection) ? undefined : Object.keys(collection ?? {});
    const items: readonly unknown[] = Array.isArray(collection) ? collection : Object.values(collection ?? {});
    const count = items.length;
    if (count === 0) return options.inverse(this);
    const tracing = tracer();
    let data: Record<string, unknown> | undefined;
    const write = (index: number): string => {
      const plainKey = keys?.[index] ?? index;
      const item = tracing === undefined ? items[index] : tracing.read(collection, plainKey, items[index]);
      const key = tracing === undefined ? plainKey : tracing.readKey(collection, plainKey);
      data ??= Handlebars.createFrame(options.data) as Record<string, unknown>;
      data.key = key;
      data.index = index;
      data.first = index === 0;
      data.last = index === count - 1;
      return options.fn(wrapContext(item, this), { data, blockParams: [item, key] });
    };
    const size = toRejectable === undefined ? undefined : sizeCheck(options);
    const writeOne =
      toRejectable === undefined ? write : guardBodies(current(), tracing, items, write, toRejectable, size?.check);
    // When items share a line, the room for one item depends on its neighbours, so its text cannot be reused.
    const loop = size?.inline === true ? undefined : loops[options.hash[loopArgument] as number];
    if (loop !== undefined && keys === undefined) {
      const outer = loop.outer.map((name) => unwrap(options.hash[name]));
      const texts = cache().writeList(loop, outer, items, writeOne);
      if (texts !== undefined) return loop.top && 'pieces' in texts ? asText(texts) : joinTexts(texts);
    }
    let text = '';
    for (let index = 0; index < count; index++) text += writeOne(index);
    return text;
  };
}

/** `Intrinsics.emit` takes the pieces: the main program passes on what its blocks return, and never joins it. */
function asText(texts: PieceList): string {
  return texts as unknown as string;
}

function guardBodies(
  rendering: Rendering,
  tracing: Tracer | undefined,
  items: readonly unknown[],
  write: (index: number) => string,
  toRejectable: (item: unknown) => Rejectable,
  check: SizeCheck | undefined,
): (index: number) => string {
  return (index) => {
    const item = items[index] as object;
    if (tracing?.runs(item) === false) return '';
    const { failures } = rendering;
    rendering.bodies++;
    try {
      return checked(write(index), check);
    } catch (error) {
      rendering.reject(toRejectable(item), error);
      return '';
    } finally {
      if (rendering.failures > failures) rendering.failedItems.add(item);
    }
  };
}

function checked(text: string, check: SizeCheck | undefined): string {
  check?.(text);
  return text;
}
