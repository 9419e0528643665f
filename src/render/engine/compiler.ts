import Handlebars from 'handlebars';
import type { Mustache, Partial, Path, Program } from '../ast.js';

/**
 * The functions that compiled code calls through `helpers.$`. Handlebars passes an object among the helpers on unchanged, also into
 * partials. It would wrap each function, and every call would then copy its options.
 */
export interface Intrinsics {
  /** All helpers and blocks by name. */
  readonly named: Readonly<Record<string, unknown>>;
  /** The escaped text of a value. @param index `Mustache.valueIndex` */
  write(value: unknown, index: number): string;
  /** The value at a path; undefined when a part is missing. */
  read(from: unknown, parts: readonly string[]): unknown;
  /** Takes the next piece of the text of the main program: a text, or the `PieceList` that a block has returned. */
  emit(piece: string | PieceList): void;
}

/** The texts of the items of a block, one after the other. Only a block directly in the main program may return it in place of a text. */
export interface PieceList {
  readonly pieces: readonly string[];
}

/** The methods of Handlebars' compiler that are overridden here. Handlebars' types do not declare them. */
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
  appendToBuffer(source: unknown, location?: unknown, explicit?: boolean): unknown;
  nameLookup(parent: unknown, name: string, type: string): unknown;
}

const internals = Handlebars as unknown as {
  readonly Compiler: new () => BaseCompiler;
  readonly JavaScriptCompiler: new () => BaseJavaScriptCompiler;
};

class ValueCompiler extends internals.Compiler {
  MustacheStatement(node: Mustache): void {
    this.SubExpression(node);
    this.opcode('appendValue', node.valueIndex);
  }

  /** Inline partials are compiled as copies, like partials from files. */
  DecoratorBlock(): void {
    // So their definition compiles to nothing.
  }

  override PartialStatement(node: Partial): void {
    super.PartialStatement({ ...node, name: { ...node.name, type: 'PathExpression', original: node.copyId } as Path });
  }
}

class ValueJavaScriptCompiler extends internals.JavaScriptCompiler {
  /** Every value, raw or not, goes through `write`, which escapes it for its output context. */
  appendValue(index: number): void {
    this.pushSource(this.appendToBuffer(['helpers.$.write(', this.popStack(), ', ', String(index), ')']));
  }

  /** Replaces Handlebars' lookups, which are strict in some positions only and also read prototypes. */
  resolvePath(_type: string, parts: readonly string[], start: number): void {
    const rest = parts.slice(start);
    if (rest.length === 0) return;
    this.push(['helpers.$.read(', this.popStack(), ', ', JSON.stringify(rest), ')']);
  }

  /** Reads helpers directly from `named`. Other names keep Handlebars' lookup. */
  override nameLookup(parent: unknown, name: string, type: string): unknown {
    if (type !== 'helper') return super.nameLookup(parent, name, type);
    return ['helpers.$.named[', JSON.stringify(name), ']'];
  }

  /** Equal bodies are not shared: their output contexts can differ, and errors name their positions. */
  matchExistingProgram(): undefined {
    return undefined;
  }
}

/** For the main program: it emits its text in pieces, and returns nothing useful. Programs nested in it return theirs. */
class PiecesJavaScriptCompiler extends ValueJavaScriptCompiler {
  override appendToBuffer(source: unknown): unknown {
    return ['helpers.$.emit(', source, ');'];
  }
}

// The compilers create compilers for nested programs from this property.
Object.assign(ValueCompiler.prototype, { compiler: ValueCompiler });
Object.assign(ValueJavaScriptCompiler.prototype, { compiler: ValueJavaScriptCompiler });

export type CompiledProgram = (context: unknown, options?: Handlebars.RuntimeOptions) => string;

/** By linted program: the code of it, which every environment can run. Targets that share a lint share it. */
const specifications = new WeakMap<Program, TemplateSpecification>();

/**
 * Compiles linted programs in an environment of their own. The text of `program` goes to `intrinsics.emit`.
 *
 * @param partials by the id in `Partial.copyId`.
 * @param intrinsics the templates can call its `named` helpers and no others.
 */
export function compilePrograms(
  program: Program,
  partials: ReadonlyMap<string, Program>,
  intrinsics: Intrinsics,
): (context: unknown) => void {
  const environment = Handlebars.create();
  const knownHelpers = Object.fromEntries(Object.keys(intrinsics.named).map((name) => [name, true]));
  const compileOne = (one: Program, compiler = new ValueJavaScriptCompiler()): CompiledProgram => {
    let specification = specifications.get(one);
    if (!specification) {
      const options = { data: true, strict: true, knownHelpers, knownHelpersOnly: true };
      specification = compiler.compile(new ValueCompiler().compile(one, options), options, undefined, true);
      specifications.set(one, specification);
    }
    return environment.template(specification);
  };
  replaceAll(environment.helpers, { $: intrinsics });
  replaceAll(environment.decorators, {});
  const compiled = new Map([...partials].map(([id, one]): [string, CompiledProgram] => [id, compileOne(one)]));
  replaceAll(environment.partials, Object.fromEntries(compiled));
  return compileOne(program, new PiecesJavaScriptCompiler());
}

function replaceAll(target: object, entries: object): void {
  for (const name of Object.keys(target)) Reflect.deleteProperty(target, name);
  Object.assign(target, entries);
}
