import type { Service } from '../../model/instance.js';
import type { View } from '../../model/view.js';
import { DialectRefusal } from '../dialects/grammar.js';
import { checkArgumentKinds } from '../helpers/define.js';
import type { Helper } from '../helpers/helper.js';
import { helpers } from '../helpers/registry.js';
import { bodyArgument } from '../lint/block.js';
import type { Linted } from '../lint/lint.js';
import type { ValueSite } from '../lint/report.js';
import { createRenderCache } from '../memo/render-cache.js';
import type { RenderCache } from '../memo/render-cache.js';
import { planCachedLoops } from '../memo/plan.js';
import { createBlocks } from './blocks.js';
import type { BlockOptions, BlockContext } from './blocks.js';
import { compilePrograms } from './compiler.js';
import { Failure } from './failure.js';
import { createSizeCheck } from './size.js';
import { createRendering } from './rendering.js';
import type { Rendering } from './rendering.js';
import { readPath, unwrap } from './values.js';

/**
 * A compiled template.
 * @param context the root of its names, made from `view`.
 * @param service the service of a template with scope `service`. A failure outside every block rejects it.
 */
export type Engine = (view: View, context: object, service: Service | undefined) => EngineResult;

export interface EngineResult {
  readonly text: string;
  readonly rendering: Rendering;
}

/**
 * Compiles a linted template. The engine is synchronous. Between two renderings it keeps only the texts in `cache`.
 */
export function createEngine(linted: Linted, cache = createRenderCache()): Engine {
  let running: Rendering | undefined;
  const current = (): Rendering => {
    if (running === undefined) throw new Error('a helper was called outside a rendering');
    return running;
  };
  const refuse = ({ loc }: BlockOptions, index: number, message: string): never => {
    const at = `${loc.source}:${loc.start.line}:${loc.start.column + 1}`;
    const text = linted.argumentTexts.get(at)?.[index] ?? 'the value';
    throw new Failure(at, `${text} ${message}`, hintFor(message));
  };
  const loops = planCachedLoops(linted.program, linted.partials);
  const sizeCheck: BlockContext['sizeCheck'] = ({ hash }) => {
    const body = linted.bodies[hash[bodyArgument] as number];
    if (linted.measure === undefined || body === undefined) return undefined;
    return { check: createSizeCheck(linted.measure, body), inline: body.inline };
  };
  const named: Record<string, unknown> = {
    ...createBlocks({ current, refuse: (options, message) => refuse(options, 0, message), cache, loops, sizeCheck }),
  };
  for (const helper of helpers.values()) named[helper.name] = wrapHelper(helper, { current, refuse, cache });
  const compiled = compilePrograms(linted.program, linted.partials, {
    named,
    write: (value, index) => writeValue(value, linted.valueSites[index]),
    read: (from, parts) => readPath(unwrap(from), parts),
  });
  const { measure } = linted;
  const wholeCheck = measure && createSizeCheck(measure, linted.whole);
  return (view, context, service) => {
    const rendering = createRendering(view);
    const body = (): string => {
      const text = compiled(context);
      if (service !== undefined) wholeCheck?.(text);
      return text;
    };
    running = rendering;
    try {
      const text = cache.render(rendering, service, () => (service ? rendering.guard({ service }, body) : body()));
      return { text, rendering };
    } finally {
      running = undefined;
    }
  };
}

function hintFor(message: string): string | undefined {
  return message === 'is missing' ? 'Give it a default, or test it with {{#if}} first' : undefined;
}

function writeValue(wrapped: unknown, valueSite: ValueSite | undefined): string {
  if (valueSite === undefined) throw new Error('a value has no output context');
  const value = unwrap(wrapped);
  const { at, tag, context } = valueSite;
  if (value === undefined) throw new Failure(at, `${tag} is missing`, hintFor('is missing'));
  try {
    if (context.writeData !== undefined) return context.writeData(value);
    if (typeof value === 'string') return context.write(value);
    if (typeof value === 'number' || typeof value === 'boolean') return context.write(String(value));
    throw new DialectRefusal(value === null ? 'it is null' : 'it is a list or a map, and not text');
  } catch (error) {
    if (error instanceof DialectRefusal)
      throw new Failure(at, `${tag} cannot be written ${context.name}: ${error.message}`, error.hint);
    throw error;
  }
}

interface HelperRuntime {
  readonly current: () => Rendering;
  readonly refuse: (options: BlockOptions, index: number, message: string) => never;
  readonly cache: RenderCache;
}

/** Refuses missing arguments of helpers, which Handlebars' strict mode does not check. */
function wrapHelper(helper: Helper, { current, refuse, cache }: HelperRuntime): (...all: unknown[]) => unknown {
  const { parameters } = helper;
  return (...all) => {
    const options = all.pop() as BlockOptions;
    const args = all.map(unwrap);
    for (let index = 0; index < args.length; index++) {
      if (args[index] !== undefined) continue;
      const parameter = parameters[Math.min(index, parameters.length - 1)];
      if (parameter?.mayBeMissing !== true) refuse(options, index, 'is missing');
    }
    const hash = helper.takesHash === true ? hashOf(options, refuse) : noHash;
    const fail = (message: string): never => {
      const { source, start } = options.loc;
      throw new Failure(`${source}:${start.line}:${start.column + 1}`, message);
    };
    checkArgumentKinds(helper, args, { fail });
    if (helper.readsView !== true) return helper.run(args, { hash, fail });
    const rendering = current();
    const { view, findService, holderOf } = rendering;
    const answer = helper.run(args, { view, findService, holderOf, hash, fail });
    cache.recordQuery({ helper, args, hash, answer, validatedIn: rendering });
    return answer;
  };
}

const noHash = Object.freeze({});

function hashOf(
  options: BlockOptions,
  refuse: (options: BlockOptions, index: number, message: string) => never,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(options.hash).map(([name, value]) => [name, unwrap(value)] as const);
  if (entries.some(([, value]) => value === undefined)) refuse(options, -1, 'is missing');
  return Object.fromEntries(entries);
}
