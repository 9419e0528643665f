// The tables of docs/templates.md.
import { table } from './markdown.mjs';

/** @param load imports a module of the code by its path below src/. */
export async function describeTemplates(load) {
  const { describeView, instanceType, serviceType } = await load('render/shape.js');
  const { describeType } = await load('render/types.js');
  const { blockHelpers } = await load('render/helpers/registry.js');

  const fieldTable = ({ fields }) =>
    table(
      ['field', 'is', 'meaning'],
      Object.entries(fields).map(([name, { type, doc }]) => [`\`${name}\``, describeType(type), doc]),
    );

  const kv = describeView('root', {}, []).fields.kv.type;
  return {
    view: fieldTable(describeView('service', {}, [])),
    service: fieldTable(serviceType),
    instance: fieldTable(instanceType),
    kv: fieldTable(kv),
    pair: fieldTable(kv.fields.pairs.type.of),
    blocks: table(
      ['block', 'writes', 'example'],
      [...blockHelpers.values()].map(({ name, parameter, repeats, doc, example }) => {
        const argument = parameter.mayBeMissing ? `[${parameter.name}]` : parameter.name;
        return [`\`#${name} ${argument}${repeats ? ' …' : ''}\``, doc, `\`${example}\``];
      }),
    ),
  };
}
