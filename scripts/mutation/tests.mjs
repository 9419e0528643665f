import vm from 'node:vm';

/** Collects the tests of a module in place of vitest. It knows what the pure tests use: `test`, `it`, `describe` and `each`. */
export function createCollector(expect) {
  let collected = [];
  const prefix = [];
  const add = (name, run) => collected.push({ name: [...prefix, name].join(' > '), run });
  const test = Object.assign(add, {
    each: (rows) => (name, run) => {
      for (const [index, row] of rows.entries())
        add(`${name} #${index}`, () => (Array.isArray(row) ? run(...row) : run(row)));
    },
  });
  const describe = (name, body) => {
    prefix.push(name);
    body();
    prefix.pop();
  };
  return {
    vitest: { test, it: test, describe, expect },
    /** The tests that modules have added since the last call. */
    take() {
      const taken = collected;
      collected = [];
      prefix.length = 0;
      return taken;
    },
  };
}

const call = new vm.Script('globalThis.runOneTest()');

/**
 * Runs a test that must not await anything.
 * @param {number} timeout milliseconds
 * @throws what the test throws, or an error after `timeout`
 */
export function runTest({ run, name }, timeout) {
  globalThis.runOneTest = run;
  const result = call.runInThisContext({ timeout });
  if (result instanceof Promise) throw new Error(`the test "${name}" is asynchronous`);
}
