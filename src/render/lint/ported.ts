/** Replacements for words of Go's text/template, confd and consul-template that do not resemble a name of a helper here. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['len', '(count …)'],
  ['index', '(lookup …)'],
  ['printf', '(concat …)'],
  ['getv', '(get key)'],
  ['gets', '(getAll pattern), with key and value'],
  ['getvs', '(sortBy (getAll pattern) "value"), with key and value'],
  ['getenv', '(env name)'],
  ['key', '(get key)'],
  ['keyOrDefault', '(default (get key) fallback)'],
  ['keyExists', '(exists key)'],
  ['tree', '(getAll "directory/**")'],
  ['hasPrefix', '(startsWith text part)'],
  ['hasSuffix', '(endsWith text part)'],
  ['jsonArray', '(parseJson text)'],
]);

/** The hint for such a word; undefined for any other word. */
export function suggestForPorted(name: string): string | undefined {
  const meaning = meanings.get(name);
  return meaning && `Go templates have ${name}. Write ${meaning} here: see docs/helpers.md.`;
}
