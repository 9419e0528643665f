import { DialectRefusal } from '../dialects/grammar.js';
import type { OutputContext } from '../dialects/grammar.js';
import type { ValueSite } from '../lint/report.js';
import { Failure, hintFor, RefusedValue } from './failure.js';
import type { Explain } from './helper-calls.js';
import { unwrap } from './values.js';

/** Writes the values of a template, in the order of the output. A context that `continues` gets the texts of the values right before. */
export function createWriter(sites: readonly ValueSite[], explain: Explain): (value: unknown, index: number) => string {
  let run = '';
  return (wrapped, index) => {
    const site = sites[index];
    const before = site?.context.continues === true ? run : '';
    const written = writeValue(wrapped, site, before, explain);
    const value = unwrap(wrapped);
    run = before + (typeof value === 'string' ? value : written);
    return written;
  };
}

/** The text of a value, escaped for its place. @throws Failure for a missing value, and for one that cannot be written there. */
function writeValue(wrapped: unknown, valueSite: ValueSite | undefined, before: string, explain: Explain): string {
  if (valueSite === undefined) throw new Error('a value has no output context');
  const value = unwrap(wrapped);
  const { at, tag, context } = valueSite;
  if (value === undefined) throw new Failure(at, `${tag} is missing`, hintFor('is missing'), explain([wrapped]));
  try {
    if (context.writeData !== undefined) return context.writeData(value);
    if (typeof value === 'string') return context.write(value, before);
    if (typeof value === 'number' || typeof value === 'boolean') return context.write(String(value), before);
    throw new DialectRefusal(value === null ? 'it is null' : 'it is a list or a map, and not text');
  } catch (error) {
    if (!(error instanceof DialectRefusal)) throw error;
    const message = `${tag} cannot be written ${context.name}: ${error.message}`;
    const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const refused = scalar
      ? { text: String(value), isRefused: (one: string) => isRefused(context, one, before) }
      : undefined;
    throw new RefusedValue(at, message, error.hint, explain([wrapped], refused));
  }
}

function isRefused(context: OutputContext, text: string, before: string): boolean {
  try {
    context.write(text, before);
    return false;
  } catch (error) {
    if (error instanceof DialectRefusal) return true;
    throw error;
  }
}
