// docs/built-in-templates.md: what the head comments of templates/ say.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from './markdown.mjs';

const folder = join(import.meta.dirname, '../../templates');

/** @param load imports a module of the code by its path below src/. */
export async function describeBuiltIns(load) {
  const { readHead } = await load('render/head.js');
  const { describeVarType } = await load('render/vars/type.js');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.hbs')).sort();
  const sections = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      return describe(file.slice(0, -'.hbs'.length), text, readHead({ file, text }), describeVarType);
    }),
  );
  return { templates: sections.join('\n\n') };
}

function describe(name, text, { dialect, vars }, describeVarType) {
  const comment = /^\{\{!--\n([\s\S]*?)\n--\}\}/.exec(text)?.[1] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^ {2}/, ''));
  const at = lines.findIndex((line) => /^Example\b.*:$/.test(line));
  const prose = at < 0 ? lines : lines.slice(0, at);
  const example = at < 0 ? [] : lines.slice(at + 1).map((line) => line.replace(/^ {2}/, ''));
  const rows = vars.map((one) => [
    `\`${one.name}\``,
    describeVarType(one.type ?? { kind: 'any' }),
    'default' in one ? `\`${JSON.stringify(one.default)}\`` : 'required',
    one.meaning,
  ]);
  const words = prose
    .filter((line) => !/^(dialect:|omits:|vars\.[\w-]+ *[:=]| {3,})/.test(line))
    .join('\n')
    .replaceAll(/([*_<])/g, '\\$1')
    .trim();
  return [
    `## ${name}`,
    words,
    `Dialect: \`${dialect ?? 'by the path'}\`.`,
    ...(rows.length > 0 ? [table(['var', 'type', 'default', 'meaning'], rows)] : []),
    ...(example.length > 0 ? [`\`\`\`text\n${example.join('\n').trimEnd()}\n\`\`\``] : []),
  ].join('\n\n');
}
