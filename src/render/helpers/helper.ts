import type { Service } from '../../model/instance.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Type } from '../types.js';

/** One parameter of a helper. */
export interface Parameter {
  readonly name: string;
  /**
   * The kinds of arguments that the lint and the engine accept. `literal`: text written in the template itself, because the lint must know
   * it. `scalar`: text, number, true or false.
   */
  readonly accepts: 'anything' | 'scalar' | 'text' | 'literal' | 'number' | 'list';
  /** True: the helper accepts a missing value. False: the engine rejects a missing value. */
  readonly mayBeMissing: boolean;
  /** True: the call may leave the argument out. All later parameters must be optional too. */
  readonly optional?: true;
}

/** The call data of every helper, in addition to its arguments. */
export interface Call {
  readonly hash: Readonly<Record<string, unknown>>;
  /** Rejects the instance or service that is being rendered. The message must not quote values. */
  fail(message: string): never;
}

/** The call data of a helper that reads the view. */
export interface ViewCall extends Call {
  readonly view: View;
  /** Finds a service of the view by its name. */
  readonly findService: (name: string) => Service | undefined;
  /** Of the services whose names differ only in case, the one that holds the name in a consumer that ignores case. */
  readonly holderOf: (name: string) => Service | undefined;
}

/** The types of a call, as far as the lint knows them. */
export interface CallTypes {
  readonly args: readonly Type[];
  /** The texts of arguments that are text literals; undefined for the others. */
  readonly literals: readonly (string | undefined)[];
  readonly hash: Readonly<Record<string, Type>>;
  readonly envNames: readonly string[] | undefined;
  /** The file that lists the names. Default: the config. */
  readonly envFile: string | undefined;
}

/**
 * A helper that computes a value. It is pure: the same arguments give the same value, so the render cache can reuse texts made with it. A
 * helper that also needs the view sets `readsView`; other helpers do not receive the view.
 */
export type Helper = PureHelper | ViewHelper;

export interface PureHelper extends HelperDescription {
  readonly readsView?: never;
  readonly run: (args: readonly unknown[], call: Call) => unknown;
}

/**
 * The same arguments and the same view give the same value. For the next view, the render cache calls the helper again with the same
 * arguments, and reuses the text if the value is the same. Objects must be identical.
 */
export interface ViewHelper extends HelperDescription {
  readonly readsView: true;
  readonly run: (args: readonly unknown[], call: ViewCall) => unknown;
  /** The host names that a call with these arguments leaves out of its answer. The call has not failed. */
  readonly omitted?: (args: readonly unknown[], call: Omit<ViewCall, 'hash' | 'fail'>) => readonly Quarantine[];
}

/** The description of a helper for the lint and the documentation. */
export interface HelperDescription {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** True when the last parameter may be repeated. */
  readonly repeats?: boolean;
  /**
   * True when the first argument is the value to work on. A literal there, before an argument that is no literal, is a mistake: other
   * template languages pass this value last.
   */
  readonly valueFirst?: true;
  /** True when the helper takes `name=value` arguments. */
  readonly takesHash?: boolean;
  /** Present when the result comes from a raw source: the key that is read or, for a list of names, the directory. For messages. */
  keyOf?(args: readonly unknown[]): string;
  /** True when the result is the list of the names below `keyOf`. */
  readonly returnsNames?: true;
  /** True when its own failures name the keys that are wrong. */
  readonly namesKeys?: true;
  /** The result, and an example, for docs/helpers.md. */
  readonly doc: string;
  readonly example: string;
  returns(call: CallTypes): Type;
  /** Finds mistakes that the kinds of the arguments do not show. */
  check?(call: CallTypes): Mistake | undefined;
}

/** A mistake in a call, found before the template runs. */
export interface Mistake {
  readonly message: string;
  readonly hint?: string;
  /** Number of the argument to point at. Default: the whole call. */
  readonly argument?: number;
}

/** The description of a block. The engine implements it. */
export interface BlockHelper {
  readonly name: 'if' | 'unless' | 'each' | 'with' | 'let';
  readonly parameter: Parameter;
  /** True: the block takes one or more values. Default: exactly one. */
  readonly repeats?: true;
  readonly hash: readonly string[];
  readonly doc: string;
  readonly example: string;
}

/** True by Handlebars' rule: not missing, null, false, 0, '' or an empty list. */
export function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Missing, null or ''. */
export function isMissingOrEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
