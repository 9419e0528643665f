import type { Instance, Service } from '../model/instance.js';
import type { Pair } from '../model/pair.js';
import type { View } from '../model/view.js';
import { any, boolean, number, string, typeOfValue } from './types.js';
import type { Field, SetBy, Struct, Type } from './types.js';
import { findVarMistake } from './vars/check.js';
import type { VarDeclaration } from './vars/declaration.js';

/** The compiler checks a description against its interface: every field must be described, with the right kind. */
type DescribedFields<T> = {
  readonly [K in keyof Required<T>]: Field & { readonly type: { readonly kind: Kind<T[K]> } };
};

type Kind<T> = [T] extends [boolean]
  ? 'boolean'
  : [T] extends [number]
    ? 'number'
    : [T] extends [string]
      ? 'string'
      : [T] extends [readonly unknown[]]
        ? 'list'
        : 'struct' | 'map' | 'any';

const instanceFields: DescribedFields<Instance> = {
  id: { type: string, doc: 'Id of the registration.' },
  service: { type: string, doc: 'Name of its service.' },
  source: { type: string, doc: 'Name of the source that it was read from.' },
  key: { type: string, doc: 'The etcd key that it was read from.' },
  address: { type: string, doc: 'IP address without brackets, or a lower-case host name.' },
  family: { type: string, doc: '`ipv4`, `ipv6` or `name`.' },
  host: { type: string, doc: '`address`, in brackets when it is IPv6: ready for `:port`.' },
  port: { type: number, doc: '1 to 65535.' },
  weight: { type: number, doc: '0 to 65535; 0 means no new traffic.' },
  scheme: { type: string, doc: "`''` when unknown." },
  zone: { type: string, doc: "`''` when unknown." },
  version: { type: string, doc: "`''` when unknown." },
  tags: { type: { kind: 'list', of: string }, doc: 'Sorted.' },
  metadata: {
    type: { kind: 'map', of: string },
    doc: 'Text by key, in the order of the keys. When a template reads a key that an instance lacks, the instance is quarantined, unless the template handles that.',
  },
  status: { type: string, doc: '`passing`, `draining` or `critical`.' },
  held: { type: boolean, doc: 'True while only the guard keeps it.' },
};

/** @see Instance in src/model/instance.ts */
export const instanceType: Struct = { kind: 'struct', name: 'Instance', fields: instanceFields };

const serviceFields: DescribedFields<Service> = {
  name: { type: string, doc: 'As decoded, without control characters.' },
  instances: {
    type: { kind: 'list', of: instanceType },
    doc: 'Sorted by address (IPv4, IPv6, names), port, id. May be empty.',
  },
  expected: { type: boolean, doc: 'True if `expect` names it. Such a service is in the view even when it is empty.' },
};

/** @see Service in src/model/instance.ts */
export const serviceType: Struct = { kind: 'struct', name: 'Service', fields: serviceFields };

const pairFields: DescribedFields<Pair> = {
  key: { type: string, doc: 'The whole etcd key.' },
  value: { type: string, doc: 'Its value.' },
};

/** @see Pair in src/model/pair.ts */
export const pairType: Struct = { kind: 'struct', name: 'Pair', fields: pairFields };

/** The parts of the config that the lint compares names with. When a part is absent, every name is accepted. */
export interface KnownConfig {
  /** The names that the config's `env` allows. */
  readonly env?: readonly string[];
  /** The target's `vars`, merged over the config's `vars`. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** The files that set them, for hints. Default: the config. */
  readonly files?: { readonly env?: string; readonly vars?: string };
  /** The template is rendered without a target, so the `vars` of targets are not in `vars`: the targets that set each of them. */
  readonly setBy?: SetBy;
  /** Names of the raw sources of the target: the first level of `kv.tree`. */
  readonly raw?: readonly string[];
}

/**
 * The type of a template's root. `declared` are the vars of its head comment. A var that is not set, or whose value has another type than
 * declared, has the type `any`: such a config has a problem already.
 * @see View in src/model/view.ts
 */
export function describeView(
  scope: 'root' | 'service',
  known: KnownConfig,
  declared: readonly VarDeclaration[],
): Struct {
  const kvFields: DescribedFields<View['kv']> = {
    pairs: { type: { kind: 'list', of: pairType }, doc: 'All keys of the raw sources, sorted.' },
    tree: {
      type: names(known.raw, 'kv.tree', any) ?? { kind: 'map', of: any },
      doc: 'By source, then by the segments of the key below its prefix.',
    },
  };
  const fields: DescribedFields<View> = {
    services: { type: { kind: 'list', of: serviceType }, doc: 'Sorted by name.' },
    kv: { type: { kind: 'struct', name: 'kv', fields: kvFields }, doc: 'Configuration from raw sources.' },
    vars: {
      type: known.vars === undefined ? any : varsType(declared, known.vars, known),
      doc: 'The `vars` of the config and of the target.',
    },
    env: {
      type: names(known.env, 'env', string, known.files?.env) ?? { kind: 'map', of: string },
      doc: 'Environment variables that the config allows.',
    },
    target: {
      type: { kind: 'struct', name: 'target', fields: { name: { type: string, doc: 'Name of the target.' } } },
      doc: 'The target of the output.',
    },
  };
  const service = { type: serviceType, doc: 'The service of this file (only with `forEach: service`).' };
  if (scope === 'root') return { kind: 'struct', name: 'the view', fields };
  return { kind: 'struct', name: 'the view of one service', fields: { ...fields, service } };
}

function varsType(
  declared: readonly VarDeclaration[],
  set: Readonly<Record<string, unknown>>,
  { files, setBy }: Pick<KnownConfig, 'files' | 'setBy'>,
): Struct {
  const file = files?.vars;
  const defaults = declared.map((one) => [one.name, one.default] as const);
  const { fields, ...rest } = typeOfValue({ ...Object.fromEntries(defaults), ...set }, 'vars') as Struct;
  const unsure = declared.filter(({ name, type, default: value }) => {
    const given = Object.hasOwn(set, name) ? set[name] : value;
    return given === undefined || (type !== undefined && findVarMistake(type, given) !== undefined);
  });
  const unsureFields = unsure.map(({ name }): [string, Field] => [name, { type: any, doc: '' }]);
  return {
    ...rest,
    fields: { ...fields, ...Object.fromEntries(unsureFields) },
    ...(file !== undefined && { file }),
    ...(setBy && { setBy }),
  };
}

function names(list: readonly string[] | undefined, name: string, type: Type, file?: string): Struct | undefined {
  if (list === undefined) return undefined;
  const fields = Object.fromEntries(list.map((key) => [key, { type, doc: '' }]));
  return { kind: 'struct', name, fields, ...(file !== undefined && { file }) };
}
