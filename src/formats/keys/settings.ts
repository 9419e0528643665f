import { validateFragment } from '../../model/validate.js';
import { parseKeyPattern } from './pattern.js';

/** The settings of a source about its keys, as the config has them. */
export interface ConfiguredKeys {
  readonly prefix: string;
  readonly exact?: boolean | undefined;
  readonly key?: string | undefined;
  readonly service?: string | undefined;
  readonly requireLease?: boolean | undefined;
  /** The keys of this format name no services (`raw`). */
  readonly nameless: boolean;
}

/** One invalid setting, and what to write instead. */
export interface KeyProblem {
  readonly at: 'prefix' | 'exact' | 'key' | 'service' | 'requireLease';
  readonly message: string;
  readonly hint: string;
}

/** Finds every setting that is invalid or contradicts another one. */
export function problemsOfKeys({ prefix, exact, key, service, requireLease, nameless }: ConfiguredKeys): KeyProblem[] {
  const problems: KeyProblem[] = [];
  if (exact === true && (prefix === '' || /[/*]$/.test(prefix)))
    problems.push({
      at: 'prefix',
      message: 'is not a whole key, and `exact: true` reads exactly one key',
      hint: 'Write the whole key, or remove `exact`.',
    });
  if (nameless) {
    const hint = 'The format `raw` reads settings, which belong to no service: remove this key.';
    if (key !== undefined) problems.push({ at: 'key', message: 'has no effect with the format raw', hint });
    if (service !== undefined) problems.push({ at: 'service', message: 'has no effect with the format raw', hint });
    if (requireLease === true)
      problems.push({
        at: 'requireLease',
        message: 'has no effect with the format raw',
        hint: 'The format `raw` reads settings, which normally have no lease: remove this key.',
      });
    return problems;
  }
  if (service !== undefined) {
    const fragment = { service, id: '-', address: '192.0.2.1', port: 1 };
    const checked = validateFragment(fragment, { source: '', key: '' });
    if ('rejected' in checked)
      problems.push({
        at: 'service',
        message: `is not a valid service name: ${checked.reason}`,
        hint: 'Write another name.',
      });
  }
  const pattern = key === undefined ? undefined : parseKeyPattern(key);
  if (pattern === undefined) return problems;
  if ('problem' in pattern) {
    const hint =
      'Write segments separated by slashes, such as `<service>/<id>`. A segment is `<service>`, `<service...>`, `<id>`, `<_>` or a literal text.';
    return [...problems, { at: 'key', message: pattern.problem, hint }];
  }
  if (pattern.namesService && service !== undefined)
    problems.push({
      at: 'service',
      message: `names the service, and so does the pattern ${pattern.text}`,
      hint: 'Write `<_>` or the name itself in the pattern, or leave `service` out.',
    });
  if (!pattern.namesService && service === undefined)
    problems.push({
      at: 'key',
      message: 'names no service',
      hint: 'Write `<service>` in place of the segment that names it, or set `service`.',
    });
  return problems;
}
