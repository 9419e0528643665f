import { Failure } from '../engine/failure.js';
import type { Rendering } from '../engine/rendering.js';
import type { ViewHelper } from '../helpers/helper.js';

/** One call of a helper that reads the view: its arguments and its answer. */
export interface ViewQuery {
  readonly helper: ViewHelper;
  readonly args: readonly unknown[];
  readonly hash: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  /** The last rendering in which the answer was valid. */
  validatedIn: Rendering;
}

/** Whether the helper gives the same answer in this rendering. An object must be identical. */
export function isStillValid(query: ViewQuery, rendering: Rendering): boolean {
  if (query.validatedIn === rendering) return true;
  const { helper, args, hash, answer } = query;
  const { view, findService, holderOf } = rendering;
  try {
    const call = { view, findService, holderOf, hash, fail: refuse };
    if (!Object.is(helper.run(args, call), answer)) return false;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
  query.validatedIn = rendering;
  return true;
}

/** Whether two lists have the same calls and answers, so that one can replace the other. */
export function sameQueries(a: readonly ViewQuery[], b: readonly ViewQuery[]): boolean {
  return a.length === b.length && a.every((query, index) => sameQuery(query, b[index]));
}

function sameQuery(a: ViewQuery, b: ViewQuery | undefined): boolean {
  if (a.helper !== b?.helper || !Object.is(a.answer, b.answer)) return false;
  const names = Object.keys(a.hash);
  return (
    a.args.length === b.args.length &&
    a.args.every((arg, index) => Object.is(arg, b.args[index])) &&
    names.length === Object.keys(b.hash).length &&
    names.every((name) => Object.hasOwn(b.hash, name) && Object.is(a.hash[name], b.hash[name]))
  );
}

function refuse(message: string): never {
  throw new Failure('', message);
}
