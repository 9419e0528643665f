#!/usr/bin/env node
'use strict';
// The command's first file, dist/cli/main.js. It loads the parts that lie beside it, and each of them in the form that V8
// gave it when they were built, where this is the same Node (docs/adr/0012-compiled-code.md).
const { lstatSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

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
  const path = join(__dirname, name);
  // The build sees to it that there is nothing but ASCII in it.
  const source = before + readFileSync(path, 'latin1') + after;
  // The name that stack traces show is kept with the compiled form: it must not be that of a place.
  const filename = `rollcall/dist/cli/${name}`;
  const script = new Script(source, { filename, columnOffset: -before.length, cachedData: find(name) });
  script.runInThisContext()(part.exports, requireFrom, part, path, __dirname);
  return part.exports;
}

// Compiled code is run as it is: it counts only where nobody may write who may not write this file's folder as well.
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
