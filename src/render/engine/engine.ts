import type Handlebars from 'handlebars';
import type { View } from '../../model/view.js';
import { Refusal } from '../dialects/grammar.js';
import type { Call, Helper } from '../helpers/helper.js';
import { helpers } from '../helpers/registry.js';
import type { Linted } from '../lint/lint.js';
import type { PlaceSite } from '../lint/report.js';
import { createBlocks } from './blocks.js';
import type { BlockOptions } from './blocks.js';
import { compilePrograms } from './compiler.js';
import { Failure } from './failure.js';
import { createRun } from './run.js';
import type { Run } from './run.js';
import { readPath, unwrap } from './values.js';

/** A compiled template: `context` is the root that its names are looked up in, made from `view`. */
export type Engine = (view: View, context: object, guard: (run: Run, body: () => string) => string) => EngineResult;

export interface EngineResult {
  readonly text: string;
  readonly run: Run;
}

/** Compiles a linted template, once. The engine is synchronous and keeps nothing between two renderings. */
export function createEngine(linted: Linted): Engine {
  let running: Run | undefined;
  const current = (): Run => {
    if (running === undefined) throw new Error('a helper was called outside a rendering');
    return running;
  };
  const refuse = ({ loc }: BlockOptions, index: number, message: string): never => {
    const at = `${loc.source}:${loc.start.line}:${loc.start.column + 1}`;
    const text = linted.argumentTexts.get(at)?.[index] ?? 'the value';
    throw new Failure(at, `${text} ${message}`, adviceFor(message));
  };
  const registered: Record<string, unknown> = {
    ...createBlocks(current, (options, message) => refuse(options, 0, message)),
  };
  for (const helper of helpers.values()) registered[helper.name] = wrapHelper(helper, current, refuse);
  const compiled = compilePrograms(
    linted.program,
    linted.partials,
    registered as Record<string, Handlebars.HelperDelegate>,
    {
      write: (value, place) => writeValue(value, linted.places[place]),
      read: (from, parts) => readPath(unwrap(from), parts),
    },
  );
  return (view, context, guard) => {
    const run = createRun(view);
    running = run;
    try {
      return { text: guard(run, () => compiled(context)), run };
    } finally {
      running = undefined;
    }
  };
}

function adviceFor(message: string): string | undefined {
  return message === 'is missing' ? 'Give it a default, or ask with {{#if}} first' : undefined;
}

function writeValue(wrapped: unknown, site: PlaceSite | undefined): string {
  if (site === undefined) throw new Error('a value has no place');
  const value = unwrap(wrapped);
  const { at, tag, place } = site;
  if (value === undefined) throw new Failure(at, `${tag} is missing`, adviceFor('is missing'));
  try {
    if (place.writeData !== undefined) return place.writeData(value);
    if (typeof value === 'string') return place.write(value);
    if (typeof value === 'number' || typeof value === 'boolean') return place.write(String(value));
    throw new Refusal(value === null ? 'it is null' : 'it is a list or a map, and not text');
  } catch (error) {
    if (error instanceof Refusal)
      throw new Failure(at, `${tag} cannot be written ${place.name}: ${error.message}`, error.hint);
    throw error;
  }
}

/** Handlebars' strict mode does not reach the arguments of helpers: this does. */
function wrapHelper(
  helper: Helper,
  current: () => Run,
  refuse: (options: BlockOptions, index: number, message: string) => never,
): (...all: unknown[]) => unknown {
  const { parameters } = helper;
  return (...all) => {
    const options = all.pop() as BlockOptions;
    const args = all.map(unwrap);
    for (const [index, value] of args.entries()) {
      const parameter = parameters[Math.min(index, parameters.length - 1)];
      if (value === undefined && parameter?.mayBeMissing !== true) refuse(options, index, 'is missing');
    }
    const call: Call = {
      hash: hashOf(options, refuse),
      fail: (message) => {
        const { source, start } = options.loc;
        throw new Failure(`${source}:${start.line}:${start.column + 1}`, message);
      },
    };
    if (helper.looksAtView !== true) return helper.run(args, call);
    const { view, findService, holderOf } = current();
    return helper.run(args, { ...call, view, findService, holderOf });
  };
}

function hashOf(
  options: BlockOptions,
  refuse: (options: BlockOptions, index: number, message: string) => never,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(options.hash).map(([name, value]) => [name, unwrap(value)] as const);
  if (entries.some(([, value]) => value === undefined)) refuse(options, -1, 'is missing');
  return Object.fromEntries(entries);
}
