import type { Check, CheckVerdict, CommandContext, IsolatedVerdict } from '../ports/check.js';

/** Stands for the words of a check about secret outputs. */
const unsaid = 'its words are not logged, because the target is secret: run the check by hand to read them';

/** The most places that are named. */
const mostPlaces = 5;

/**
 * The same check, whose verdicts hold none of its words: a check may quote the contents that it refuses. Of its output, only the lines of
 * changed outputs that it names are kept, as `upstreams.conf:12`.
 */
export function withoutWords(check: Check): Check {
  return {
    staged: check.staged,
    run: async (context, signal) => hideWords(await check.run(context, signal), context),
    ...(check.runIsolated && {
      runIsolated: async (context, files, signal) =>
        hideIsolated(
          (await check.runIsolated?.(context, files, signal)) ?? { kind: 'impossible', reason: undefined, output: '' },
          context,
        ),
    }),
  };
}

function hideWords(verdict: CheckVerdict, context: CommandContext): CheckVerdict {
  if (verdict.kind === 'accepted') return verdict;
  const { kind, reason, output } = verdict;
  return { kind, reason: output.trim() === '' ? reason : `${reason} (${unsaid})`, output: placesIn(output, context) };
}

function hideIsolated(verdict: IsolatedVerdict, context: CommandContext): IsolatedVerdict {
  switch (verdict.kind) {
    case 'accepted':
      return verdict;
    case 'impossible':
      return { ...verdict, output: '' };
    case 'unanswered':
      return { ...verdict, ...hideWords(verdict, context), kind: 'unanswered' };
    case 'refused':
      return {
        ...verdict,
        ...hideWords(verdict, context),
        kind: 'refused',
        before: hideWords(verdict.before, context),
      };
  }
}

/** The last part of a path is enough: a check may print another path to an output. */
function placesIn(output: string, { outputs, staged }: CommandContext): string {
  const names = new Set([...outputs, ...(staged === undefined ? [] : [staged])].map(lastPart));
  const places = [...output.matchAll(/([^\s'"[\]():]+):(\d{1,7})\b/g)].flatMap(([, path = '', line = '']) =>
    names.has(lastPart(path)) ? [`${lastPart(path)}:${line}`] : [],
  );
  return [...new Set(places)].slice(0, mostPlaces).join(' ');
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
