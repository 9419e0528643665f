import { describe, expect, it } from 'vitest';
import type { Check, CheckVerdict } from '../../src/ports/check.js';
import { withoutWords } from '../../src/targets/secret-check.js';

const { signal } = new AbortController();
const context = { target: 'app', revision: '', outputs: ['/etc/app/app.env', '/etc/app/b.conf'] };
const files = { next: [], present: [], directories: [] };
const output =
  'nginx: [emerg] unknown directive "hunter2:8080" in ./app.env:3\n[/run/x/b.conf:12] hunter2\nmain.conf:7';
const refusal: CheckVerdict = { kind: 'refused', reason: 'check `nginx -t` exited with 1', output };

const says = (verdict: CheckVerdict): Check => ({
  staged: false,
  run: () => Promise.resolve(verdict),
  runIsolated: () =>
    Promise.resolve(
      verdict.kind === 'refused' ? { ...verdict, kind: 'refused', before: verdict } : { kind: 'accepted' },
    ),
});

describe('the check of a secret target', () => {
  it('keeps its exit code and the places in outputs, and none of its words', async () => {
    const hidden = await withoutWords(says(refusal)).run(context, signal);
    expect(hidden).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(/^check `nginx -t` exited with 1 \(its words are not logged, .* by hand/) as string,
      output: 'app.env:3 b.conf:12',
    });
  });

  it('hides the words about new and old outputs, and of a check that cannot be isolated', async () => {
    const isolated = await withoutWords(says(refusal)).runIsolated?.(context, files, signal);
    expect(JSON.stringify(isolated)).not.toContain('hunter2');
    expect(isolated).toMatchObject({ kind: 'refused', before: { kind: 'refused', output: 'app.env:3 b.conf:12' } });
    const impossible = { kind: 'impossible', reason: 'it refuses what it accepts in place', output } as const;
    const check: Check = { ...says(refusal), runIsolated: () => Promise.resolve(impossible) };
    expect(await withoutWords(check).runIsolated?.(context, files, signal)).toEqual({ ...impossible, output: '' });
  });

  it('accepts as before, and says nothing more where nothing was said', async () => {
    expect(await withoutWords(says({ kind: 'accepted' })).run(context, signal)).toEqual({ kind: 'accepted' });
    const silent: CheckVerdict = { kind: 'unanswered', reason: 'check `x` did not answer', output: '' };
    expect(await withoutWords(says(silent)).run(context, signal)).toEqual(silent);
  });
});
