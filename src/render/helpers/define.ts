import type { Call, HelperDescription, Helper, Parameter, PureHelper, ViewCall, ViewHelper } from './helper.js';

/** The type that a helper receives for each `Parameter.accepts`. */
interface AcceptedTypes {
  anything: unknown;
  scalar: string | number | boolean;
  text: string;
  literal: string;
  number: number;
  list: readonly unknown[];
}

type ArgumentOf<P> = P extends { readonly accepts: infer K extends keyof AcceptedTypes }
  ? P extends { readonly mayBeMissing: true } | { readonly optional: true }
    ? AcceptedTypes[K] | undefined
    : AcceptedTypes[K]
  : never;

/** The types of the arguments of a helper's own `run`. */
type Values<P extends readonly Parameter[]> = { readonly [I in keyof P]: ArgumentOf<P[I]> };

type Spec<P extends readonly Parameter[], C extends Call> = Omit<HelperDescription, 'parameters'> & {
  readonly parameters: P;
  run(args: Values<P>, call: C): unknown;
};

/** Defines a helper. Its arguments have the types of its parameters: the engine calls `checkArgumentKinds` first. */
export function defineHelper<const P extends readonly Parameter[]>(spec: Spec<P, Call>): PureHelper {
  return { ...spec, run: (args, call) => spec.run(args as Values<P>, call) };
}

/** Defines a helper that reads the view. */
export function defineViewHelper<const P extends readonly Parameter[]>(
  spec: Spec<P, ViewCall> & {
    readonly omitted?: (args: Values<P>, call: Parameters<Omitted>[1]) => ReturnType<Omitted>;
  },
): ViewHelper {
  const { omitted, ...rest } = spec;
  return {
    ...rest,
    readsView: true,
    run: (args, call) => spec.run(args as Values<P>, call),
    ...(omitted && { omitted: (args, call) => omitted(args as Values<P>, call) }),
  };
}

type Omitted = NonNullable<ViewHelper['omitted']>;

/** Rejects arguments of a wrong kind, which the lint cannot find when a type is unknown. */
export function checkArgumentKinds(
  { name, parameters }: Helper,
  args: readonly unknown[],
  call: Pick<Call, 'fail'>,
): void {
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

/** The kinds of arguments in words, for messages. */
export const wording: Readonly<Record<Parameter['accepts'], string>> = {
  anything: 'anything',
  scalar: 'text, a number or a truth value',
  text: 'text',
  literal: 'text in quotes',
  number: 'a number',
  list: 'a list',
};

/** The kind of a value in words, for messages. It never quotes the value. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'an infinite number';
  if (typeof value === 'boolean') return 'true or false';
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : 'a map';
}

type RequiredParameter<A extends Parameter['accepts']> = Parameter & {
  readonly accepts: A;
  readonly mayBeMissing: false;
};

const parameterOf =
  <A extends Parameter['accepts']>(accepts: A) =>
  (name: string): RequiredParameter<A> => ({ name, accepts, mayBeMissing: false });

export const anything = parameterOf('anything');
export const scalar = parameterOf('scalar');
export const text = parameterOf('text');
export const literal = parameterOf('literal');
export const numeric = parameterOf('number');
export const list = parameterOf('list');

/** A parameter that may be left out. */
export function optional<P extends Parameter>(parameter: P): Omit<P, 'optional'> & { readonly optional: true } {
  return { ...parameter, optional: true };
}

/** A parameter whose value may be missing. */
export function missable<P extends Parameter>(parameter: P): Omit<P, 'mayBeMissing'> & { readonly mayBeMissing: true } {
  return { ...parameter, mayBeMissing: true };
}
