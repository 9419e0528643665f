import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

const inverse = { s: 'S', S: 's', w: 'W', W: 'w', d: 'D', D: 'd' };

/**
 * The mutants of a regular expression literal: without one anchor, one flag, one alternative, one member of a set or one quantifier; with a
 * set or a look-around inverted; without what a quantifier repeats.
 * @param {string} literal
 * @returns {string[]} valid literals
 */
export function mutateRegex(literal) {
  const tree = new RegExpParser({ ecmaVersion: 2024 }).parseLiteral(literal);
  const found = new Set();
  const put = (start, end, text) => {
    const mutated = literal.slice(0, start) + text + literal.slice(end);
    if (mutated !== literal && isValid(mutated)) found.add(mutated);
  };
  const alternatives = (node) => {
    if (node.alternatives.length < 2) return;
    for (const [index, each] of node.alternatives.entries()) {
      if (index > 0) put(each.start - 1, each.end, '');
      else put(each.start, each.end + 1, '');
    }
  };
  visitRegExpAST(tree, {
    onPatternEnter: alternatives,
    onGroupEnter: alternatives,
    onCapturingGroupEnter: alternatives,
    onAssertionEnter(node) {
      if (node.kind === 'start') {
        // A match of a repetition that can be empty begins at the start anyway.
        if (!isRepetition(tree.pattern)) put(node.start, node.end, '');
      } else if (node.kind === 'end') put(node.start, node.end, '');
      else if (node.kind === 'word') put(node.start, node.end, '');
      else {
        alternatives(node);
        const sign = node.start + (node.kind === 'lookbehind' ? 3 : 2);
        put(sign, sign + 1, node.negate ? '=' : '!');
      }
    },
    onQuantifierEnter(node) {
      const inner = node.element.raw;
      put(node.start, node.end, inner);
      const sign = node.raw.slice(inner.length);
      if (/^[*?]/.test(sign)) put(node.start, node.end, '');
    },
    onCharacterClassEnter(node) {
      put(node.start + 1, node.start + 1 + Number(node.negate), node.negate ? '' : '^');
      if (node.elements.length > 1) for (const each of node.elements) put(each.start, each.end, '');
    },
    onCharacterSetEnter(node) {
      if (node.kind === 'any') return;
      const letter = node.raw[1];
      if (inverse[letter] !== undefined) put(node.start, node.end, `\\${inverse[letter]}`);
    },
    onFlagsEnter(node) {
      for (let at = node.start; at < node.end; at++) put(at, at + 1, '');
    },
  });
  return [...found];
}

/** Whether a pattern is only repetitions after its beginning, each of which can be empty. */
function isRepetition({ alternatives: [first, ...others] }) {
  return others.length === 0 && first.elements.slice(1).every((each) => each.type === 'Quantifier' && each.min === 0);
}

function isValid(literal) {
  if (literal.startsWith('//')) return false;
  try {
    const end = literal.lastIndexOf('/');
    return new RegExp(literal.slice(1, end), literal.slice(end + 1)) instanceof RegExp;
  } catch {
    return false;
  }
}
