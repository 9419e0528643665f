// docs/built-in-templates.md: what the head comments of templates/ say.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from './markdown.mjs';

const folder = join(import.meta.dirname, '../../templates');

/** @param load imports a module of the code by its path below src/. */
export async function describeBuiltIns(load) {
  const { readHead } = await load('render/head.js');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.hbs')).sort();
  const sections = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      return describe(file.slice(0, -'.hbs'.length), text, readHead({ file, text }));
    }),
  );
  return { templates: sections.join('\n\n') };
}

function describe(name, text, { dialect, defaults }) {
  const comment = /^\{\{!--\n([\s\S]*?)\n--\}\}/.exec(text)?.[1] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^ {2}/, ''));
  const at = lines.findIndex((line) => /^Example\b.*:$/.test(line));
  const prose = at < 0 ? lines : lines.slice(0, at);
  const example = at < 0 ? [] : lines.slice(at + 1).map((line) => line.replace(/^ {2}/, ''));
  const meaning = (variable) =>
    prose
      .find((line) => line.startsWith(`vars.${variable} `))
      ?.split(/ {2,}/)
      .slice(1)
      .join(' ') ?? '';
  const rows = Object.entries(defaults).map(([variable, value]) => [
    `\`${variable}\``,
    `\`${JSON.stringify(value)}\``,
    continued(prose, variable, meaning(variable)),
  ]);
  const words = prose
    .filter((line) => !/^(dialect:|omits:|vars\.\w+ *=| {3,})/.test(line))
    .join('\n')
    .replaceAll(/([*_<])/g, '\\$1')
    .trim();
  return [
    `## ${name}`,
    words,
    `Dialect: \`${dialect ?? 'by the path'}\`.`,
    ...(rows.length > 0 ? [table(['var', 'default', 'meaning'], rows)] : []),
    ...(example.length > 0 ? [`\`\`\`text\n${example.join('\n').trimEnd()}\n\`\`\``] : []),
  ].join('\n\n');
}

/** A meaning goes on in the lines below that are indented as far. */
function continued(prose, variable, meaning) {
  const start = prose.findIndex((line) => line.startsWith(`vars.${variable} `));
  const words = [meaning];
  for (const line of prose.slice(start + 1)) {
    if (!/^ {3,}\S/.test(line)) break;
    words.push(line.trim());
  }
  return words.join(' ').trim();
}
