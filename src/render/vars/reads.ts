import type { Position } from '../ast.js';
import { parseTemplate } from '../parse.js';
import type { SourceText } from '../problem.js';

/**
 * The names of the vars that a template, a partial or a path pattern reads. Undefined: it may read any var, because it uses `vars` as a
 * whole (`{{#each vars}}`, `{{json @root}}`) or cannot be parsed.
 */
export function findVarReads(source: SourceText): ReadonlySet<string> | undefined {
  const program = parseTemplate(source);
  if (!('body' in program)) return undefined;
  const names = new Set<string>();
  return collect(program, names) ? names : undefined;
}

/** The line of the first tag in which a text reads a var; undefined when it does not name the var or cannot be parsed. */
export function findLineOfRead(source: SourceText, name: string): number | undefined {
  const program = parseTemplate(source);
  return 'body' in program ? firstRead(program, name) : undefined;
}

function firstRead(node: unknown, name: string): number | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const names = new Set<string>();
  const { type, loc } = node as { type?: unknown; loc?: { readonly start: Position } };
  if (type === 'PathExpression') {
    collect(node, names);
    return names.has(name) ? loc?.start.line : undefined;
  }
  for (const inner of Object.values(node)) {
    const line = firstRead(inner, name);
    if (line !== undefined) return line;
  }
  return undefined;
}

/** Adds the names below a node of the syntax tree. @returns false when the vars are used as a whole */
function collect(node: unknown, names: Set<string>): boolean {
  if (typeof node !== 'object' || node === null) return true;
  if (Array.isArray(node)) return node.every((item) => collect(item, names));
  const { type, parts, data } = node as { type?: unknown; parts?: unknown; data?: unknown };
  if (type === 'PathExpression' && Array.isArray(parts)) {
    const path = data === true && parts[0] === 'root' ? parts.slice(1) : parts;
    const [first, name] = path as readonly unknown[];
    if (data === true && parts[0] === 'root' && first === undefined) return false;
    if (first !== 'vars') return true;
    if (typeof name !== 'string') return false;
    names.add(name);
    return true;
  }
  return Object.values(node).every((inner) => collect(inner, names));
}
