import ts from 'typescript';
import { mutateRegex } from './regex.mjs';

/**
 * @typedef {object} Mutant
 * @property {number} start offset of the replaced text in the source
 * @property {number} end
 * @property {string} text the replacement
 */

const pairs = new Map([
  ['<', ['<=']],
  ['<=', ['<']],
  ['>', ['>=']],
  ['>=', ['>']],
  ['===', ['!==']],
  ['!==', ['===']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['+', ['-']],
  ['-', ['+']],
  ['*', ['/']],
  ['/', ['*']],
  ['+=', ['-=', '=']],
  ['-=', ['+=']],
  ['||=', ['=']],
]);

/** Methods that are replaced by another one. */
const opposites = new Map([
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['every', 'some'],
  ['some', 'every'],
  ['indexOf', 'lastIndexOf'],
  ['lastIndexOf', 'indexOf'],
  ['max', 'min'],
  ['min', 'max'],
]);

/** Methods whose call is replaced by its receiver. */
const removable = new Set(
  'replace replaceAll trim trimStart trimEnd toLowerCase toUpperCase filter slice concat sort'.split(' '),
);

/** Words of `State` that are confused with each other. Any other text becomes empty. */
const confusions = new Map([
  ['start', 'inside'],
  ['inside', 'start'],
]);

/** Properties whose texts are for people. */
const forPeople = /^(?:hint|refused|name)$/;

/**
 * Every mutant of a TypeScript source, in the order of the source. Not mutated: imports, types, and prose, which is a text with two or more
 * blanks that no code splits into words.
 * @param {string} source
 * @returns {Mutant[]}
 */
export function mutate(source) {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  /** @type {Mutant[]} */
  const found = [];
  const add = (node, text) => found.push({ start: node.getStart(file), end: node.getEnd(), text });
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeAliasDeclaration(node)) return;
    // The types demand a default for every item of an array, also where it is always there.
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
      visit(node.left);
      if (!isConstant(node.right)) visit(node.right);
      return;
    }
    mutateNode(node, file, add);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const seen = new Set();
  return found
    .filter(({ start, end, text }) => source.slice(start, end) !== text)
    .filter(({ start, end, text }) => !seen.has(`${start} ${end} ${text}`) && seen.add(`${start} ${end} ${text}`))
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

function mutateNode(node, file, add) {
  for (const condition of conditionsOf(node)) {
    add(condition, 'true');
    add(condition, 'false');
  }
  if (ts.isBinaryExpression(node)) mutateBinary(node, file, add);
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.ExclamationToken) add(node, node.operand.getText(file));
    if (node.operator === ts.SyntaxKind.PlusPlusToken) add(node, `--${node.operand.getText(file)}`);
  }
  if (ts.isPostfixUnaryExpression(node))
    add(node, `${node.operand.getText(file)}${node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++'}`);
  if (ts.isNumericLiteral(node)) {
    const value = Number(node.text.replaceAll('_', ''));
    add(node, `(${value + 1})`);
    add(node, `(${value - 1})`);
  }
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) mutateString(node, file, add);
  if (ts.isTemplateExpression(node) && !isProse(node.getText(file))) add(node, "''");
  if (ts.isRegularExpressionLiteral(node)) for (const text of mutateRegex(node.getText(file))) add(node, text);
  if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node)) removeParts(node, file, add);
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) add(node, ';');
  if (ts.isContinueStatement(node)) add(node, ';');
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    const opposite = opposites.get(name.text);
    if (opposite !== undefined) add(name, opposite);
    if (removable.has(name.text)) add(node, expression.getText(file));
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true');
}

/** The expressions in a node of which only the truth is used. */
function conditionsOf(node) {
  if (ts.isIfStatement(node)) return [node.expression];
  if (ts.isConditionalExpression(node)) return [node.condition];
  if (ts.isReturnStatement(node) && node.expression && isBoolean(node.expression)) return [node.expression];
  if (ts.isArrowFunction(node) && isBoolean(node.body)) return [node.body];
  if (ts.isVariableDeclaration(node) && node.initializer && isBoolean(node.initializer)) return [node.initializer];
  return [];
}

function isBoolean(node) {
  if (ts.isParenthesizedExpression(node)) return isBoolean(node.expression);
  if (ts.isBinaryExpression(node))
    return /^(?:[<>]=?|[!=]==|&&|\|\|)$/.test(node.operatorToken.getText()) && node.operatorToken.getText() !== '??';
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken;
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    /^(?:test|has|includes|startsWith|endsWith|some|every)$/.test(node.expression.name.text)
  );
}

function mutateBinary(node, file, add) {
  const operator = node.operatorToken.getText(file);
  for (const other of pairs.get(operator) ?? []) add(node.operatorToken, other);
  // One operand at a time has no effect.
  if (operator === '&&' || operator === '||') {
    const neutral = String(operator === '&&');
    add(node.left, neutral);
    add(node.right, neutral);
  }
  if (operator === '+') {
    add(node, node.left.getText(file));
    add(node, node.right.getText(file));
  }
}

function mutateString(node, file, add) {
  const { text } = node;
  // A label that shares its statements with others often exists only for the type checker.
  if (ts.isCaseClause(node.parent) && node.parent.expression === node) {
    const clauses = node.parent.parent.clauses;
    const before = clauses[clauses.indexOf(node.parent) - 1];
    const alone = node.parent.statements.length > 0 && (before === undefined || before.statements.length > 0);
    if (alone) add(node, "'none of the labels'");
    return;
  }
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return;
  if (isWordList(node)) {
    const words = text.split(' ');
    for (const word of words)
      if (word !== '') add(node, quote(words.filter((other) => other !== word).join(' ') || '\uFFFE'));
    return;
  }
  const property = ts.isPropertyAssignment(node.parent) ? node.parent.name.getText(file) : '';
  if (isProse(text) || forPeople.test(property)) return;
  add(node, quote(confusions.get(text) ?? (text === '' ? 'mutated' : '')));
}

function isConstant(node) {
  return ts.isStringLiteral(node) || ts.isNumericLiteral(node);
}

/** A prose text is for people. */
function isProse(text) {
  return text.trim().split(' ').length > 2;
}

/** Whether code splits the text into words: it is the subject of `split(' ')`, alone or joined, or the first item of a pair. */
function isWordList(node) {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent) && parent.name.text === 'split' && parent.expression === at) return true;
    const joined = ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.PlusToken;
    if (ts.isArrayLiteralExpression(parent) && parent.elements[0] === at && parent.elements.length === 2)
      return /^[a-z0-9. ]+$/.test(node.text);
    if (!joined && !ts.isParenthesizedExpression(parent)) return false;
  }
  return false;
}

function removeParts(node, file, add) {
  const parts = node.elements ?? node.properties;
  const pattern = ts.isBinaryExpression(node.parent) && node.parent.left === node;
  if (pattern) return;
  const [open, close] = ts.isArrayLiteralExpression(node) ? ['[', ']'] : ['{', '}'];
  for (const part of parts) {
    if (ts.isPropertyAssignment(part) && forPeople.test(part.name.getText(file))) continue;
    const rest = parts.filter((other) => other !== part).map((other) => other.getText(file));
    add(node, `${open} ${rest.join(', ')} ${close}`);
  }
}

function quote(text) {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
