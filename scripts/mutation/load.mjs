import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';
import ts from 'typescript';

const native = createRequire(import.meta.url);

/**
 * Loads TypeScript modules as CommonJS in this process, and loads them again with one of them mutated: only the mutated module and the
 * modules that reach it. That takes milliseconds, where a test runner takes most of a second for a new run.
 * @param {Record<string, unknown>} given modules by name, in place of those that are installed
 */
export function createLoader(given) {
  const compiled = new Map();
  const base = new Map();

  const compile = (file, source) => {
    const { outputText } = ts.transpileModule(source, {
      fileName: file,
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true },
    });
    const imports = [...outputText.matchAll(/require\("(\.[^"]+)"\)/g)].map(([, name]) => resolve(file, name));
    const run = new vm.Script(`(function (exports, require) {${outputText}\n})`, { filename: file }).runInThisContext();
    return { run, imports };
  };
  const compiledOf = (file) => {
    if (!compiled.has(file)) compiled.set(file, compile(file, readFileSync(file, 'utf8')));
    return compiled.get(file);
  };

  /** Evaluates a module, and the modules that it imports, unless `modules` or `shared` has them. */
  const evaluate = (file, modules, shared, mutant) => {
    const known = modules.get(file) ?? shared(file);
    if (known !== undefined) return known;
    const { run } = mutant?.file === file ? mutant : compiledOf(file);
    const exports = {};
    modules.set(file, exports);
    run(exports, (name) =>
      name.startsWith('.') ? evaluate(resolve(file, name), modules, shared, mutant) : (given[name] ?? native(name)),
    );
    return exports;
  };

  const reached = new Map();
  /** All modules that a module imports, itself or through others, and the module itself. */
  const reachedFrom = (file) => {
    let all = reached.get(file);
    if (all === undefined) {
      all = new Set([file]);
      for (const each of all) for (const imported of compiledOf(each).imports) all.add(imported);
      reached.set(file, all);
    }
    return all;
  };

  return {
    reachedFrom,
    /** Loads a module as it is on disk. */
    load: (file) => evaluate(file, base, () => undefined, undefined),
    /**
     * Loads modules that reach a mutated module.
     * @throws whatever a module throws when it is evaluated
     */
    loadMutated(files, file, source) {
      const mutant = { file, ...compile(file, source) };
      const modules = new Map();
      const shared = (other) => (reachedFrom(other).has(file) ? undefined : base.get(other));
      for (const each of files) evaluate(each, modules, shared, mutant);
    },
  };
}

function resolve(file, name) {
  const path = join(dirname(file), name);
  const source = path.replace(/\.js$/, '.ts');
  return existsSync(source) ? source : path;
}
