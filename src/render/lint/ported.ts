/** What stands here for words of Go's text/template, of confd and of consul-template that no name here resembles. */
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

/** What to write in place of a word of those templates; undefined when it is none. */
export function suggestForPorted(name: string): string | undefined {
  const meaning = meanings.get(name);
  return meaning && `Go templates say ${name}; here it is ${meaning}: see docs/helpers.md.`;
}
