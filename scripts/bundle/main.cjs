#!/usr/bin/env node
'use strict';
// The command's first file, dist/cli/main.js. It loads the parts that lie beside it, and each of them in the form that V8
// gave it when they were built, where this is the same Node (docs/adr/0012-compiled-code.md).
const { lstatSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { getHeapStatistics, setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

// At a start, V8's young generation grows to 32 MB and stays so. Its first size of 2 MB is enough for a small heap; with a large one,
// collections of it would be too many (docs/adr/0034-a-small-young-generation.md). A size with which Node was started is left alone.
const isSized = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => /semi[-_]space/.test(text));
if (!isSized) {
  setFlagsFromString('--semi-space-growth-factor=1');
  const looks = setInterval(() => {
    if (getHeapStatistics().used_heap_size < 48 << 20) return;
    setFlagsFromString('--semi-space-growth-factor=2');
    clearInterval(looks);
  }, 1000).unref();
}

// V8 refuses what another V8 or other flags have made. Two builds of one Node, with other libraries say, differ in size.
const build = [process.version, process.arch, statSync(process.execPath).size].join('-');
const compiled = join(__dirname, 'compiled', build);
const [before, after] = ['(function (exports, require, module, __filename, __dirname) {', '\n})'];
const loaded = new Map();

function load(name) {
  const known = loaded.get(name);
  if (known) return known.exports;
  const part = { exports: {} };
  loaded.set(name, part);
  try {
    run(name, part);
  } catch (error) {
    // A later call tries again. Otherwise it would get the part without its exports.
    loaded.delete(name);
    throw error;
  }
  return part.exports;
}

function run(name, part) {
  const path = join(__dirname, name);
  // The build escapes everything but ASCII.
  const source = before + readFileSync(path, 'latin1') + after;
  // V8 keeps this name with the compiled form, and stack traces show it: it must not be a path of the building machine.
  const filename = `rollcall/dist/cli/${name}`;
  const script = new Script(source, { filename, columnOffset: -before.length, cachedData: find(name) });
  script.runInThisContext()(part.exports, requireFrom, part, path, __dirname);
}

// V8 runs compiled code without a check. So it is used only where no user may write who may not also write this file's folder.
const trusted = (() => {
  try {
    const { uid, mode } = statSync(__dirname);
    const isOurs = (place) => {
      const stats = lstatSync(place);
      return stats.isDirectory() && stats.uid === uid && (stats.mode & ~mode & 0o022) === 0;
    };
    return isOurs(join(__dirname, 'compiled')) && isOurs(compiled);
  } catch {
    return false;
  }
})();

function find(name) {
  if (!trusted) return undefined;
  try {
    return readFileSync(join(compiled, name));
  } catch {
    return undefined;
  }
}

function requireFrom(name) {
  return name.startsWith('./') ? load(name.slice(2)) : require(name);
}

// For the build, which fills it.
exports.compiled = compiled;

// Only what Node itself loads is shown by its source maps.
if (process.sourceMapsEnabled) require('./command.js');
else load('command.js');
