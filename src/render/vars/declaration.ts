import type { Position } from '../ast.js';
import type { VarType } from './type.js';

/** A var that a template declares in its head comment. */
export interface VarDeclaration {
  readonly name: string;
  /** Absent: a value of any type. */
  readonly type?: VarType;
  /** The value of a config that does not set the var. Absent: the config must set it. */
  readonly default?: unknown;
  /** The text after the declaration and in the lines below it with a larger indentation; '' without one. */
  readonly meaning: string;
  /** Line and column of the declaration, as in `createProblem`. */
  readonly at: Position;
}
