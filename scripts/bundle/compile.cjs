'use strict';
// Keeps what V8 makes of the parts of the built command while that runs, for its next starts:
//   node compile.cjs FOLDER ARGUMENT...     FOLDER is dist/cli, the arguments are those of a command
const { mkdirSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const vm = require('node:vm');

const [folder, ...words] = process.argv.slice(2);
const scripts = new Map();

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    scripts.set(basename(options.filename), this);
  }
};

const main = join(folder, 'main.js');
process.argv.splice(1, process.argv.length, main, ...words);
const { compiled } = require(main);

process.on('exit', () => {
  mkdirSync(compiled, { recursive: true });
  for (const [name, script] of scripts) writeFileSync(join(compiled, name), script.createCachedData());
});
