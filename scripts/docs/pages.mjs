// The pages of the documentation that have generated parts. A new one: a function that gives its parts, and a line here.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeBuiltIns } from './built-ins.mjs';
import { describeConfiguration } from './configuration.mjs';
import { describeHelpers } from './helpers.mjs';
import { describeLibrary } from './library.mjs';
import { fill } from './markdown.mjs';
import { describeMetrics } from './metrics.mjs';
import { describeTemplates } from './templates.mjs';

/** By path: `(load) => Promise of the parts by name`, where `load` imports a module of the code by its path below src/. */
export const pages = {
  'docs/built-in-templates.md': describeBuiltIns,
  'docs/configuration.md': describeConfiguration,
  'docs/helpers.md': describeHelpers,
  'docs/library.md': describeLibrary,
  'docs/metrics.md': describeMetrics,
  'docs/templates.md': describeTemplates,
};

const root = join(import.meta.dirname, '../..');

/** A page as it is, and as the code says that it must be. */
export async function comparePage(page, load) {
  const file = join(root, page);
  const text = await readFile(file, 'utf8');
  return { file, text, wanted: await fill(file, text, await pages[page](load)) };
}
