import type { Service } from '../../model/instance.js';
import type { View } from '../../model/view.js';
import { helpers } from '../helpers/registry.js';
import { bodyArgument } from '../lint/block.js';
import type { Linted } from '../lint/lint.js';
import { noCache } from '../memo/no-cache.js';
import { createRenderCache } from '../memo/render-cache.js';
import type { RenderCache } from '../memo/render-cache.js';
import { planCachedLoops } from '../memo/plan.js';
import { findRootReads } from '../memo/reads.js';
import { createBlocks } from './blocks.js';
import type { BlockContext } from './blocks.js';
import { compilePrograms } from './compiler.js';
import { Failure, hintFor } from './failure.js';
import { wrapHelper } from './helper-calls.js';
import type { Explain, HelperRuntime, Run } from './helper-calls.js';
import { describeOrigins, findBlamed, onlyFew } from './origins.js';
import { readTraced } from './read-traced.js';
import { createSizeCheck } from './size.js';
import { createRendering } from './rendering.js';
import type { Rendering } from './rendering.js';
import { createTracer } from './tracer.js';
import type { Tracer } from './tracer.js';
import { readPath, unwrap } from './values.js';
import { createWriter } from './write.js';

/**
 * A compiled template.
 * @param context the root of its names, made from `view`.
 * @param service the service of a template with scope `service`. A failure outside every block rejects it.
 */
export type Engine = (view: View, context: object, service: Service | undefined) => EngineResult;

export interface EngineResult {
  /** The text in pieces. A piece that did not change since the last rendering is usually the same string object, so comparing is fast. */
  readonly pieces: readonly string[];
  /** True: of the view, only the given service, `kv`, `vars`, `env` and `target` had a part in the text. */
  readonly isLocal: boolean;
  readonly rendering: Rendering;
}

/** The names of a root that are not made from the services of the view. */
const localNames: ReadonlySet<string> = new Set(['service', 'kv', 'vars', 'env', 'target']);

/**
 * Compiles a linted template. The engine is synchronous. Between two renderings it keeps only the texts in `cache`.
 */
export function createEngine(linted: Linted, cache = createRenderCache()): Engine {
  const rootReads = findRootReads(linted.program, linted.partials);
  const readsLocally = rootReads !== undefined && [...rootReads].every((name) => localNames.has(name));
  let running: Run | undefined;
  let queried = false;
  let pieces: string[] = [];
  const current = (): Run => {
    if (running === undefined) throw new Error('a helper was called outside a rendering');
    return running;
  };
  const tracer = (): Tracer | undefined => running?.tracer;
  const explain: Explain = (values, refused) => {
    const { rendering, tracer: tracing } = current();
    if (tracing === undefined) return undefined;
    const keys = tracing.findKeys(values);
    const blamed = refused === undefined ? onlyFew(keys) : findBlamed(keys, refused.text, refused.isRefused);
    return describeOrigins(blamed, rendering.view.kv.pairs);
  };
  const refuse: HelperRuntime['refuse'] = ({ loc }, index, value, message) => {
    const at = `${loc.source}:${loc.start.line}:${loc.start.column + 1}`;
    const text = linted.argumentTexts.get(at)?.[index] ?? 'the value';
    throw new Failure(at, `${text} ${message}`, hintFor(message), explain([value]));
  };
  const loops = planCachedLoops(linted.program, linted.partials);
  const sizeCheck: BlockContext['sizeCheck'] = ({ hash }) => {
    const body = linted.bodies[hash[bodyArgument] as number];
    if (linted.measure === undefined || body === undefined) return undefined;
    return { check: createSizeCheck(linted.measure, body), inline: body.inline };
  };
  const cacheNow = (): RenderCache => (tracer() === undefined ? cache : noCache);
  const helperRuntime: HelperRuntime = { current, refuse, explain, cache: cacheNow };
  const named: Record<string, unknown> = {
    ...createBlocks({
      current: () => current().rendering,
      refuse: (options, value, message) => refuse(options, 0, value, message),
      tracer,
      cache: cacheNow,
      loops,
      sizeCheck,
    }),
  };
  for (const helper of helpers.values()) named[helper.name] = wrapHelper(helper, helperRuntime);
  const compiled = compilePrograms(linted.program, linted.partials, {
    named,
    write: createWriter(linted.valueSites, explain),
    emit: (piece) => {
      if (typeof piece === 'string') pieces.push(piece);
      else for (const each of piece.pieces) pieces.push(each);
    },
    read: (from, parts) => {
      const tracing = tracer();
      return tracing === undefined ? readPath(unwrap(from), parts) : readTraced(from, parts, tracing);
    },
  });
  const { measure } = linted;
  const wholeCheck = measure && createSizeCheck(measure, linted.whole);
  const run = (
    rendering: Rendering,
    context: object,
    service: Service | undefined,
    tracing?: Tracer,
  ): readonly string[] => {
    const body = (): string => {
      compiled(context);
      if (service !== undefined) wholeCheck?.(pieces.join(''));
      return '';
    };
    running = { rendering, tracer: tracing };
    pieces = [];
    try {
      queried = cacheNow().render(rendering, service, () => {
        if (service) rendering.guard({ service }, body);
        else body();
      });
      return pieces;
    } finally {
      running = undefined;
    }
  };
  return (view, context, service) => {
    const rendering = createRendering(view);
    try {
      const made = run(rendering, context, service);
      const isLocal = service !== undefined && readsLocally && !queried;
      if (rendering.failures > 0) trace(rendering, (traced, tracing) => run(traced, context, service, tracing));
      return { pieces: made, isLocal, rendering };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const again = trace(rendering, (traced, tracing) => run(traced, context, service, tracing));
      throw error.equals(again) ? again : error;
    }
  };
}

/**
 * Renders the failed bodies again with a tracer, and takes over the reasons that name keys.
 * @returns the failure of the whole template, if there is one.
 */
function trace(rendering: Rendering, run: (traced: Rendering, tracer: Tracer) => unknown): Failure | undefined {
  const traced = createRendering(rendering.view);
  let failure: Failure | undefined;
  try {
    run(traced, createTracer(rendering.view, rendering.failedItems));
  } catch (error) {
    // The failure without keys is known, so another error of the second rendering must not replace it.
    if (error instanceof Failure) failure = error;
  }
  rendering.takeReasons(traced);
  return failure;
}
