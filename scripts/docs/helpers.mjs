// The tables of docs/helpers.md: one for each group of helpers.
import { table } from './markdown.mjs';

/** @param load imports a module of the code by its path below src/. */
export async function describeHelpers(load) {
  const { helperGroups } = await load('render/helpers/registry.js');
  return Object.fromEntries(
    helperGroups.map(({ name, helpers }) => [
      name,
      table(
        ['helper', 'gives', 'example'],
        helpers.map((helper) => [`\`${usageOf(helper)}\``, helper.doc, `\`${helper.example}\``]),
      ),
    ]),
  );
}

/** What may be missing is in brackets, what may be left out ends in `?`. */
function usageOf({ name, parameters, repeats, takesHash }) {
  const names = parameters.map((parameter) => {
    const shown = parameter.mayBeMissing ? `[${parameter.name}]` : parameter.name;
    return parameter.optional ? `${shown}?` : shown;
  });
  return [name, ...names, ...(repeats ? ['…'] : []), ...(takesHash ? ['field=value …'] : [])].join(' ');
}
