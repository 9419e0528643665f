import type { Service } from '../../model/instance.js';
import type { View } from '../../model/view.js';
import { DialectRefusal } from '../dialects/grammar.js';
import { checkKinds } from '../helpers/define.js';
import type { Helper } from '../helpers/helper.js';
import { helpers } from '../helpers/registry.js';
import { bodyArgument } from '../lint/block.js';
import type { Linted } from '../lint/lint.js';
import type { PlaceSite } from '../lint/report.js';
import { createMemory } from '../memo/memory.js';
import type { RenderMemory } from '../memo/memory.js';
import { planSites } from '../memo/plan.js';
import { createBlocks } from './blocks.js';
import type { BlockOptions, BlockContext } from './blocks.js';
import { compilePrograms } from './compiler.js';
import { Failure } from './failure.js';
import { createSizeCheck } from './size.js';
import { createRun } from './run.js';
import type { Run } from './run.js';
import { readPath, unwrap } from './values.js';

/**
 * A compiled template.
 * @param context the root that its names are looked up in, made from `view`.
 * @param service whom to blame for what no block is blamed for, in a template for one service.
 */
export type Engine = (view: View, context: object, service: Service | undefined) => EngineResult;

export interface EngineResult {
  readonly text: string;
  readonly run: Run;
}

/**
 * Compiles a linted template, once. The engine is synchronous; from one rendering to the next it keeps the texts that
 * `memory` can use again, and nothing else.
 */
export function createEngine(linted: Linted, memory = createMemory()): Engine {
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
  const sites = planSites(linted.program, linted.partials);
  const sizeCheck: BlockContext['sizeCheck'] = ({ hash }) => {
    const body = linted.bodies[hash[bodyArgument] as number];
    if (linted.measure === undefined || body === undefined) return undefined;
    return { check: createSizeCheck(linted.measure, body), inline: body.inline };
  };
  const named: Record<string, unknown> = {
    ...createBlocks({ current, refuse: (options, message) => refuse(options, 0, message), memory, sites, sizeCheck }),
  };
  for (const helper of helpers.values()) named[helper.name] = wrapHelper(helper, { current, refuse, memory });
  const compiled = compilePrograms(linted.program, linted.partials, {
    named,
    write: (value, place) => writeValue(value, linted.places[place]),
    read: (from, parts) => readPath(unwrap(from), parts),
  });
  const { measure } = linted;
  const wholeCheck = measure && createSizeCheck(measure, linted.whole);
  return (view, context, service) => {
    const run = createRun(view);
    const body = (): string => {
      const text = compiled(context);
      if (service !== undefined) wholeCheck?.(text);
      return text;
    };
    running = run;
    try {
      const text = memory.render(run, service, () => (service ? run.guard({ service }, body) : body()));
      return { text, run };
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
    throw new DialectRefusal(value === null ? 'it is null' : 'it is a list or a map, and not text');
  } catch (error) {
    if (error instanceof DialectRefusal)
      throw new Failure(at, `${tag} cannot be written ${place.name}: ${error.message}`, error.hint);
    throw error;
  }
}

interface Runtime {
  readonly current: () => Run;
  readonly refuse: (options: BlockOptions, index: number, message: string) => never;
  readonly memory: RenderMemory;
}

/** Handlebars' strict mode does not reach the arguments of helpers: this does. */
function wrapHelper(helper: Helper, { current, refuse, memory }: Runtime): (...all: unknown[]) => unknown {
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
    checkKinds(helper, args, { fail });
    if (helper.looksAtView !== true) return helper.run(args, { hash, fail });
    const run = current();
    const { view, findService, holderOf } = run;
    const answer = helper.run(args, { view, findService, holderOf, hash, fail });
    memory.noteLook({ helper, args, hash, answer, heldIn: run });
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
