import { checkArgumentKinds } from '../helpers/define.js';
import type { Helper } from '../helpers/helper.js';
import type { RenderCache } from '../memo/render-cache.js';
import type { BlockOptions } from './blocks.js';
import { Failure } from './failure.js';
import type { Rendering } from './rendering.js';
import type { Tracer } from './tracer.js';
import { unwrap } from './values.js';

/** The rendering that runs; `tracer` is present in a tracing one. */
export interface Run {
  readonly rendering: Rendering;
  readonly tracer: Tracer | undefined;
}

/**
 * A sentence that names the keys of the values; undefined outside a tracing rendering.
 * @param refused the text that a dialect refused: only the keys to blame for it are named.
 */
export type Explain = (values: readonly unknown[], refused?: RefusedText) => string | undefined;

interface RefusedText {
  readonly text: string;
  /** Whether the dialect would refuse another text too. */
  readonly isRefused: (text: string) => boolean;
}

export interface HelperRuntime {
  readonly current: () => Run;
  /** Throws the failure of a call whose argument is invalid. @param index of the argument; -1: a named one */
  readonly refuse: (options: BlockOptions, index: number, value: unknown, message: string) => never;
  readonly explain: Explain;
  readonly cache: () => RenderCache;
}

/** Refuses missing arguments of helpers, which Handlebars' strict mode does not check. */
export function wrapHelper(helper: Helper, runtime: HelperRuntime): (...all: unknown[]) => unknown {
  const { current, refuse, explain, cache } = runtime;
  const { parameters } = helper;
  return (...all) => {
    const options = all.pop() as BlockOptions;
    const args = all.map(unwrap);
    for (let index = 0; index < args.length; index++) {
      if (args[index] !== undefined) continue;
      const parameter = parameters[Math.min(index, parameters.length - 1)];
      if (parameter?.mayBeMissing !== true) refuse(options, index, all[index], 'is missing');
    }
    const hash = helper.takesHash === true ? hashOf(options, refuse) : noHash;
    const fail = (message: string): never => {
      const { source, start } = options.loc;
      throw new Failure(
        `${source}:${start.line}:${start.column + 1}`,
        message,
        undefined,
        helper.namesKeys ? undefined : explain(all),
      );
    };
    checkArgumentKinds(helper, args, { fail });
    const { rendering, tracer } = current();
    let answer: unknown;
    if (helper.readsView === true) {
      const { view, findService, holderOf } = rendering;
      answer = helper.run(args, { view, findService, holderOf, hash, fail });
      cache().recordQuery({ helper, args, hash, answer, validatedIn: rendering });
    } else answer = helper.run(args, { hash, fail });
    return tracer === undefined ? answer : tracer.readResult(helper, all, answer);
  };
}

const noHash = Object.freeze({});

function hashOf(options: BlockOptions, refuse: HelperRuntime['refuse']): Readonly<Record<string, unknown>> {
  const entries = Object.entries(options.hash).map(([name, value]) => [name, unwrap(value)] as const);
  const missing = entries.find(([, value]) => value === undefined);
  if (missing !== undefined) refuse(options, -1, options.hash[missing[0]], 'is missing');
  return Object.fromEntries(entries);
}
