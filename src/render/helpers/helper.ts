import type { Service } from '../../model/instance.js';
import type { View } from '../../model/view.js';
import type { Type } from '../types.js';

/** One parameter of a helper. */
export interface Parameter {
  readonly name: string;
  /**
   * What the lint lets pass where the type is known. `literal`: text written in the template itself, because the lint
   * must know it. `scalar`: text, number, true or false.
   */
  readonly accepts: 'anything' | 'scalar' | 'text' | 'literal' | 'number' | 'list';
  /** True when the helper can do with a value that is missing; else one that is missing is rejected. */
  readonly mayBeMissing: boolean;
  /** True when the argument may be left out altogether; all that follow may then be, too. */
  readonly optional?: true;
}

/** What every helper is given besides its arguments. */
export interface Call {
  readonly hash: Readonly<Record<string, unknown>>;
  /** Rejects what is being rendered. The message must not quote values. */
  fail(message: string): never;
}

/** The same for a helper that looks at the view. */
export interface ViewCall extends Call {
  readonly view: View;
  /** The service of that name in the view. */
  readonly findService: (name: string) => Service | undefined;
  /** Which of the services whose names differ from this one in case only has the name where case does not count. */
  readonly holderOf: (name: string) => Service | undefined;
}

/** What the lint knows of a call. */
export interface CallTypes {
  readonly args: readonly Type[];
  /** The text of an argument that is a text literal. */
  readonly literals: readonly (string | undefined)[];
  readonly hash: Readonly<Record<string, Type>>;
  readonly envNames: readonly string[] | undefined;
  /** The file that says so, where it is not the config. */
  readonly envFile: string | undefined;
}

/**
 * A helper that makes a value of its arguments. Pure: same arguments, same value, so that what was rendered with it is
 * right as long as they are the same. One that needs more than its arguments says so (`looksAtView`); the others are
 * not given the view at all.
 */
export type Helper = PureHelper | ViewHelper;

export interface PureHelper extends Described {
  readonly looksAtView?: never;
  readonly run: (args: readonly unknown[], call: Call) => unknown;
}

/**
 * Same arguments and view, same value. In the next view it is asked again with the same arguments, and what was
 * rendered with its answer is kept when that is the same value, objects being the same when they are identical.
 */
export interface ViewHelper extends Described {
  readonly looksAtView: true;
  readonly run: (args: readonly unknown[], call: ViewCall) => unknown;
}

/** What the lint and the documentation need to know of a helper. */
export interface Described {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** True when the last parameter may be repeated. */
  readonly repeats?: boolean;
  /** True when it takes `name=value` arguments. */
  readonly takesHash?: boolean;
  /** What it gives, and an example, for docs/helpers.md. */
  readonly doc: string;
  readonly example: string;
  returns(call: CallTypes): Type;
  /** A mistake that the types alone do not show: the message and what to do. */
  check?(call: CallTypes): Mistake | undefined;
}

/** A call that cannot be meant as it is written. */
export interface Mistake {
  readonly message: string;
  readonly hint?: string;
  /** Number of the argument to point at. Default: the whole call. */
  readonly argument?: number;
}

/** A block: how it goes about its body is the engine's affair. */
export interface BlockHelper {
  readonly name: 'if' | 'unless' | 'each' | 'with';
  readonly parameter: Parameter;
  readonly hash: readonly string[];
  readonly doc: string;
  readonly example: string;
}

/** Handlebars' own idea of true: not missing, null, false, 0, '' or an empty list. */
export function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Missing, null or ''. */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
