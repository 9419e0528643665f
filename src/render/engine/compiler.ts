import Handlebars from 'handlebars';
import type { Mustache, Partial, Path, Program } from '../ast.js';

/**
 * What the compiled code calls, as `helpers.$`: Handlebars passes a non-function among the helpers on untouched, also into
 * partials, while it wraps every function so that each call copies its options.
 */
export interface Intrinsics {
  /** Every helper and block by name. */
  readonly named: Readonly<Record<string, unknown>>;
  /** The text of a value at a place (`Mustache.place`). */
  write(value: unknown, place: number): string;
  /** What a path of `parts` leads to. */
  read(from: unknown, parts: readonly string[]): unknown;
}

/** The parts of Handlebars' compiler that are overridden; its types leave them out. */
interface BaseCompiler {
  compile(program: Program, options: object): object;
  SubExpression(node: Mustache): void;
  PartialStatement(node: Partial): void;
  opcode(name: string, ...args: unknown[]): void;
}

interface BaseJavaScriptCompiler {
  compile(environment: object, options: object, context: undefined, asObject: true): TemplateSpecification;
  popStack(): unknown;
  push(source: unknown): unknown;
  pushSource(source: unknown): void;
  appendToBuffer(source: unknown): unknown;
  nameLookup(parent: unknown, name: string, type: string): unknown;
}

const internals = Handlebars as unknown as {
  readonly Compiler: new () => BaseCompiler;
  readonly JavaScriptCompiler: new () => BaseJavaScriptCompiler;
};

class PlacingCompiler extends internals.Compiler {
  MustacheStatement(node: Mustache): void {
    this.SubExpression(node);
    this.opcode('appendPlaced', node.place);
  }

  /** Inline partials are compiled as copies, like those from files. */
  DecoratorBlock(): void {
    // Nothing is left to be done where they are written.
  }

  override PartialStatement(node: Partial): void {
    super.PartialStatement({ ...node, name: { ...node.name, type: 'PathExpression', original: node.called } as Path });
  }
}

class PlacingJavaScriptCompiler extends internals.JavaScriptCompiler {
  /** Every value, raw or not, goes through `write`, which knows how it is escaped where it stands. */
  appendPlaced(place: number): void {
    this.pushSource(this.appendToBuffer(['helpers.$.write(', this.popStack(), ', ', String(place), ')']));
  }

  /** Instead of Handlebars' own lookups, which are strict in some positions only and consult prototypes. */
  resolvePath(_type: string, parts: readonly string[], start: number): void {
    const rest = parts.slice(start);
    if (rest.length === 0) return;
    this.push(['helpers.$.read(', this.popStack(), ', ', JSON.stringify(rest), ')']);
  }

  /** A helper is found at once; all else as Handlebars finds it. */
  override nameLookup(parent: unknown, name: string, type: string): unknown {
    if (type !== 'helper') return super.nameLookup(parent, name, type);
    return ['helpers.$.named[', JSON.stringify(name), ']'];
  }

  /** Equal bodies are not shared: they may stand in different places, and errors tell where. */
  matchExistingProgram(): undefined {
    return undefined;
  }
}

// The compilers make their children by this property.
Object.assign(PlacingCompiler.prototype, { compiler: PlacingCompiler });
Object.assign(PlacingJavaScriptCompiler.prototype, { compiler: PlacingJavaScriptCompiler });

export type Compiled = (context: unknown, options?: Handlebars.RuntimeOptions) => string;

/**
 * Compiles linted programs with helpers of their own. Partials are found by id among `partials`.
 *
 * @param intrinsics whatever is `named` there is a known helper; nothing else is ever called.
 */
export function compilePrograms(
  program: Program,
  partials: ReadonlyMap<string, Program>,
  intrinsics: Intrinsics,
): Compiled {
  const environment = Handlebars.create();
  const knownHelpers = Object.fromEntries(Object.keys(intrinsics.named).map((name) => [name, true]));
  const compileOne = (one: Program): Compiled => {
    const options = { data: true, strict: true, knownHelpers, knownHelpersOnly: true };
    const opcodes = new PlacingCompiler().compile(one, options);
    return environment.template(new PlacingJavaScriptCompiler().compile(opcodes, options, undefined, true));
  };
  replaceAll(environment.helpers, { $: intrinsics });
  replaceAll(environment.decorators, {});
  const compiled = new Map([...partials].map(([id, one]) => [id, compileOne(one)]));
  replaceAll(environment.partials, Object.fromEntries(compiled));
  return compileOne(program);
}

function replaceAll(target: object, entries: object): void {
  for (const name of Object.keys(target)) Reflect.deleteProperty(target, name);
  Object.assign(target, entries);
}
