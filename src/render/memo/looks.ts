import { Failure } from '../engine/failure.js';
import type { Run } from '../engine/run.js';
import type { ViewHelper } from '../helpers/helper.js';

/** What a helper that looks at the view was asked, and what it answered. */
export interface Look {
  readonly helper: ViewHelper;
  readonly args: readonly unknown[];
  readonly hash: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  /** The rendering in which it was last found to hold. */
  heldIn: Run;
}

/** Whether the helper would give the same answer in this rendering: for an object, the identical one. */
export function stillHolds(look: Look, run: Run): boolean {
  if (look.heldIn === run) return true;
  const { helper, args, hash, answer } = look;
  const { view, findService, holderOf } = run;
  try {
    const call = { view, findService, holderOf, hash, fail: refuse };
    if (!Object.is(helper.run(args, call), answer)) return false;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
  look.heldIn = run;
  return true;
}

/** Whether both lists ask the same and were answered the same, so that one can stand for the other. */
export function sameLooks(a: readonly Look[], b: readonly Look[]): boolean {
  return a.length === b.length && a.every((look, index) => sameLook(look, b[index]));
}

function sameLook(a: Look, b: Look | undefined): boolean {
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
