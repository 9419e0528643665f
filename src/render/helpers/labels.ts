import { any, present } from '../types.js';
import type { Helper } from './helper.js';

export const labelNames: Helper = {
  name: 'labelNames',
  parameters: [
    { name: 'map', accepts: 'anything', mayBeMissing: false },
    { name: 'prefix', accepts: 'text', mayBeMissing: false },
  ],
  doc: 'The map with its keys changed to names of Prometheus labels: the prefix is added, and `_` replaces all characters but letters, digits and `_`. When two keys become one name, the key that needs no replacement wins, else the first.',
  example: '{{#each (labelNames metadata "__meta_rollcall_metadata_")}}{{@key}}={{this}} {{/each}}',
  returns: ({ args: [map = any] }) => {
    const type = present(map);
    return { kind: 'map', of: type.kind === 'map' ? type.of : any };
  },
  run: ([map, prefix], call) => {
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return call.fail('labelNames takes a map');
    const labels = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of Object.entries(map)) {
      const name = String(prefix) + key.replace(/[^A-Za-z0-9_]/gu, '_');
      // Prometheus' data model: a label name is [a-zA-Z_][a-zA-Z0-9_]*.
      if (!/^[A-Za-z_]/.test(name)) return call.fail('the name of a label would be empty or begin with a digit');
      if (!Object.hasOwn(labels, name) || name === String(prefix) + key) labels[name] = value;
    }
    return labels;
  },
};

export const gather: Helper = {
  name: 'gather',
  parameters: [
    { name: 'list', accepts: 'list', mayBeMissing: false },
    { name: 'field', accepts: 'literal', mayBeMissing: false },
  ],
  doc: 'One list with the items of a list field of all items.',
  example: '{{#each (gather services "instances")}}{{host}}:{{port}} {{/each}}',
  returns: ({ args: [list = any], literals: [, field = ''] }) => {
    const item = list.kind === 'list' ? list.of : any;
    const type = item.kind === 'struct' ? item.fields[field]?.type : item.kind === 'map' ? item.of : any;
    return type?.kind === 'list' ? type : { kind: 'list', of: any };
  },
  check: ({ args: [list = any], literals: [, field = ''] }) => {
    const item = list.kind === 'list' ? list.of : any;
    if (item.kind !== 'struct' || item.fields[field]?.type.kind === 'list') return undefined;
    return { message: `${item.name} has no list "${field}"` };
  },
  run: ([list, field], call) => {
    if (!Array.isArray(list)) return call.fail('gather takes a list, and this value is not one');
    return (list as unknown[]).flatMap((item) => {
      const inner =
        typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[String(field)] : undefined;
      return Array.isArray(inner) ? (inner as unknown[]) : call.fail('gather takes a field that is a list');
    });
  },
};
