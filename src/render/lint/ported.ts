/** Replacements for words of Go's text/template, confd and consul-template that do not resemble a name of a helper here. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['range', '{{#each …}} … {{/each}}'],
  ['end', '{{/each}}, {{/if}} or {{/with}}, after the block that it ends'],
  ['len', '(count …)'],
  ['index', '(lookup …)'],
  ['printf', '(concat …)'],
  ['getv', '(get key)'],
  ['gets', '(getAll pattern), with key and value'],
  ['getvs', '(getAll pattern), with key and value'],
  ['getenv', '(env name)'],
  ['key', '(get key)'],
  ['keyOrDefault', '(default (get key) fallback)'],
  ['keyExists', '(exists key)'],
  ['tree', '(getAll "directory/**")'],
]);

/** The hint for such a word; undefined for any other word. */
export function suggestForPorted(name: string): string | undefined {
  const meaning = meanings.get(name);
  return meaning && `Go templates have ${name}. Write ${meaning} here: see docs/helpers.md.`;
}
