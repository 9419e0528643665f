// The reference of the library, from the docstrings of what src/index.ts exports.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { table } from './markdown.mjs';
import { codeOnOneLine, proseOnOneLine } from './source-text.mjs';

const root = join(import.meta.dirname, '../..');

export function describeLibrary() {
  const door = parse(join(root, 'src/index.ts'));
  const parts = door.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const module = parse(join(root, 'src', statement.moduleSpecifier.text.replace(/\.js$/, '.ts')));
    const title = /^\/\/ (.*)$/m.exec(door.text.slice(statement.pos, statement.getStart(door)))?.[1];
    const names = statement.exportClause.elements.map(({ name }) => name.text);
    return [...(title === undefined ? [] : [`### ${title}`]), ...names.map((name) => describeExport(module, name))];
  });
  return Promise.resolve({ api: parts.join('\n\n') });
}

function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

function describeExport(module, name) {
  const declaration = module.statements.find(
    (statement) =>
      statement.name?.text === name ||
      (ts.isVariableStatement(statement) &&
        statement.declarationList.declarations.some((one) => one.name.text === name)),
  );
  if (declaration === undefined) throw new Error(`${module.fileName} has no ${name}`);
  const said = docOf(declaration);
  if (said === '') throw new Error(`${module.fileName}: ${name} has no docstring`);
  return [`#### \`${name}\``, said, shapeOf(declaration, module)].filter((text) => text !== '').join('\n\n');
}

function shapeOf(declaration, module) {
  const text = (node) => codeOnOneLine(node.getText(module));
  if (ts.isFunctionDeclaration(declaration)) return code(signatureOf(declaration, text));
  if (ts.isVariableStatement(declaration)) {
    const [{ type }] = declaration.declarationList.declarations;
    return type === undefined ? '' : `Of type \`${text(type)}\`.`;
  }
  if (ts.isTypeAliasDeclaration(declaration)) {
    const { type } = declaration;
    const members = type.types?.flatMap((one) => one.members ?? []) ?? type.members ?? [];
    if (members.length > 0 && type.types === undefined) return tableOf(members, text);
    // What is made of the names of other modules tells nothing here; the docstring does.
    return /\b(keyof|typeof|z\.)/.test(text(type)) ? '' : code(text(type).replace(/^\| /, ''));
  }
  const inherited = (declaration.heritageClauses ?? []).flatMap(({ types }) =>
    types.map((type) => `\`${text(type)}\``),
  );
  const head = inherited.length === 0 ? '' : `Also ${inherited.join(', ')}.`;
  const members = declaration.members.filter((one) => !ts.isConstructorDeclaration(one));
  return [head, tableOf(members, text)].filter((part) => part !== '').join('\n\n');
}

function signatureOf(node, text) {
  const name = node.name === undefined ? '' : text(node.name);
  const parameters = node.parameters.map(text).join(', ');
  return `${name}(${parameters})${node.type === undefined ? '' : `: ${text(node.type)}`}`;
}

function tableOf(members, text) {
  const rows = members.map((member) => {
    const isCall = ts.isMethodSignature(member) || ts.isMethodDeclaration(member);
    const type = isCall
      ? signatureOf(member, text)
      : text(member)
          .replace(/^readonly /, '')
          .replace(/[;,]$/, '');
    return [`\`${type}\``, docOf(member)];
  });
  return rows.length === 0 ? '' : table(['member', 'meaning'], rows);
}

/** The comment of a node in one line; what it throws at the end. */
function docOf(node) {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  if (comment === undefined) return '';
  const said = [ts.getTextOfJSDocComment(comment.comment) ?? ''];
  for (const tag of comment.tags ?? []) {
    const words = ts.getTextOfJSDocComment(tag.comment) ?? '';
    if (ts.isJSDocParameterTag(tag)) said.push(`\`${tag.name.getText()}\`: ${words.replace(/\.?$/, '.')}`);
    else
      said.push(
        `${tag.tagName.text === 'throws' ? 'Throws' : tag.tagName.text} ${tag.typeExpression?.getText() ?? ''}${words.replace(/\.?$/, '.')}`,
      );
  }
  return proseOnOneLine(said.join(' '));
}

function code(text) {
  return ['```text', text, '```'].join('\n');
}
