import { validateFragment } from '../../model/validate.js';
import { parseKeyPattern } from './pattern.js';

/** What a source says of its keys, as the config has it. */
export interface KeyDescription {
  readonly prefix: string;
  readonly exact?: boolean | undefined;
  readonly key?: string | undefined;
  readonly service?: string | undefined;
  /** The keys of this format name no services (`raw`). */
  readonly nameless: boolean;
}

/** What is wrong with one of them, and what to write instead. */
export interface KeyProblem {
  readonly at: 'prefix' | 'exact' | 'key' | 'service';
  readonly message: string;
  readonly hint: string;
}

/** Every way in which they contradict each other or make no sense. */
export function problemsOfKeys({ prefix, exact, key, service, nameless }: KeyDescription): KeyProblem[] {
  const problems: KeyProblem[] = [];
  if (exact === true && (prefix === '' || /[/*]$/.test(prefix)))
    problems.push({
      at: 'prefix',
      message: 'is no key, and `exact: true` reads one key',
      hint: 'Write the whole key, or leave `exact` out.',
    });
  if (nameless) {
    const hint = 'Raw keys are settings and belong to no service: leave it out.';
    if (key !== undefined) problems.push({ at: 'key', message: 'means nothing to the format raw', hint });
    if (service !== undefined) problems.push({ at: 'service', message: 'means nothing to the format raw', hint });
    return problems;
  }
  if (service !== undefined) {
    const fragment = { service, id: '-', address: '192.0.2.1', port: 1 };
    const named = validateFragment(fragment, { source: '', key: '' });
    if ('rejected' in named)
      problems.push({ at: 'service', message: `cannot be a name: ${named.reason}`, hint: 'Write another name.' });
  }
  const pattern = key === undefined ? undefined : parseKeyPattern(key);
  if (pattern === undefined) return problems;
  if ('problem' in pattern) {
    const hint =
      'Write literals, `<service>`, `<service...>`, `<id>` and `<_>` with slashes between, such as `<service>/<id>`.';
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
      hint: 'Write `<service>` where it stands, or the name as `service` beside it.',
    });
  return problems;
}
