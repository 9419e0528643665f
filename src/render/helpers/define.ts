import type { Call, Described, Helper, Parameter, PureHelper, ViewCall, ViewHelper } from './helper.js';

/** What a value of each `Parameter.accepts` is when a helper runs. */
interface Kinds {
  anything: unknown;
  scalar: string | number | boolean;
  text: string;
  literal: string;
  number: number;
  list: readonly unknown[];
}

type Given<P> = P extends { readonly accepts: infer K extends keyof Kinds }
  ? P extends { readonly mayBeMissing: true } | { readonly optional: true }
    ? Kinds[K] | undefined
    : Kinds[K]
  : never;

/** The arguments as a helper's own `run` gets them. */
type Values<P extends readonly Parameter[]> = { readonly [I in keyof P]: Given<P[I]> };

type Spec<P extends readonly Parameter[], C extends Call> = Omit<Described, 'parameters'> & {
  readonly parameters: P;
  run(args: Values<P>, call: C): unknown;
};

/** A helper whose arguments have the types of its parameters, as `checkKinds` sees to. */
export function defineHelper<const P extends readonly Parameter[]>(spec: Spec<P, Call>): PureHelper {
  return { ...spec, run: (args, call) => spec.run(args as Values<P>, call) };
}

/** The same for a helper that looks at the view. */
export function defineViewHelper<const P extends readonly Parameter[]>(spec: Spec<P, ViewCall>): ViewHelper {
  return { ...spec, looksAtView: true, run: (args, call) => spec.run(args as Values<P>, call) };
}

/** Rejects arguments of which the lint could not know that they are not what the parameters accept. */
export function checkKinds({ name, parameters }: Helper, args: readonly unknown[], call: Pick<Call, 'fail'>): void {
  for (const [index, value] of args.entries()) {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    if (value === undefined || parameter === undefined || fits[parameter.accepts](value)) continue;
    if (value === null && parameter.mayBeMissing) continue;
    call.fail(`${name} takes ${wording[parameter.accepts]} for its ${parameter.name}, not ${describeValue(value)}`);
  }
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

const fits: Readonly<Record<Parameter['accepts'], (value: unknown) => boolean>> = {
  anything: () => true,
  scalar: isScalar,
  text: (value) => typeof value === 'string',
  literal: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  list: Array.isArray,
};

/** For messages: what a parameter takes. */
export const wording: Readonly<Record<Parameter['accepts'], string>> = {
  anything: 'anything',
  scalar: 'text, a number or a truth value',
  text: 'text',
  literal: 'text in quotes',
  number: 'a number',
  list: 'a list',
};

/** For messages: what a value is, without a word of it. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'a number without end';
  if (typeof value === 'boolean') return 'true or false';
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : 'a map';
}

type Named<A extends Parameter['accepts']> = Parameter & {
  readonly accepts: A;
  readonly mayBeMissing: false;
};

const taking =
  <A extends Parameter['accepts']>(accepts: A) =>
  (name: string): Named<A> => ({ name, accepts, mayBeMissing: false });

export const anything = taking('anything');
export const scalar = taking('scalar');
export const text = taking('text');
export const literal = taking('literal');
export const numeric = taking('number');
export const list = taking('list');

/** A parameter that may be left out. */
export function optional<P extends Parameter>(parameter: P): Omit<P, 'optional'> & { readonly optional: true } {
  return { ...parameter, optional: true };
}

/** A parameter whose value may be missing. */
export function missable<P extends Parameter>(parameter: P): Omit<P, 'mayBeMissing'> & { readonly mayBeMissing: true } {
  return { ...parameter, mayBeMissing: true };
}
