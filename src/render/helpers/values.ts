import { nearest } from '../../model/suggest.js';
import { serviceType } from '../shape.js';
import { any, describeType, keyOf, present, string } from '../types.js';
import type { Type } from '../types.js';
import { isMissingOrEmpty } from './helper.js';
import { anything, defineHelper, defineViewHelper, literal, missable, scalar, text } from './define.js';

export const defaultHelper = defineHelper({
  name: 'default',
  parameters: [missable(anything('value')), anything('fallback')],
  valueFirst: true,
  doc: "The value, or the fallback when it is missing, null or `''`.",
  example: '{{default metadata.path "/"}}',
  returns: ({ args: [value = any, fallback = any] }) => commonOf(value, fallback),
  run: ([value, fallback]) => (isMissingOrEmpty(value) ? fallback : value),
});

export const required = defineHelper({
  name: 'required',
  parameters: [missable(anything('value')), text('message')],
  doc: "The value. When it is missing, null or `''`, the instance or service is rejected with the message.",
  example: '{{required metadata.region "every web instance needs a region"}}',
  returns: ({ args: [value = any] }) => present(value),
  run: ([value, message], call) => (isMissingOrEmpty(value) ? call.fail(message) : value),
});

export const env = defineViewHelper({
  name: 'env',
  parameters: [literal('name')],
  doc: "An environment variable that the config's `env` allows; `''` when it is not set. The same as `env.NAME`.",
  example: '{{env "REGION"}}',
  returns: () => string,
  check: ({ literals: [name], envNames, envFile }) => {
    if (name === undefined || envNames === undefined || envNames.includes(name)) return undefined;
    const meant = nearest(name, envNames);
    const hint = meant === undefined ? adviseEnv(name, envFile) : `Did you mean ${meant}?`;
    const message =
      envFile === undefined ? `the config's env does not allow "${name}"` : `the env of ${envFile} has no "${name}"`;
    return { message, hint };
  },
  run: ([name], call) => {
    return Object.hasOwn(call.view.env, name)
      ? call.view.env[name]
      : call.fail(`the config's env does not allow ${name}`);
  },
});

export const service = defineViewHelper({
  name: 'service',
  parameters: [text('name')],
  doc: 'The service of that name, or nothing. Use it with `#with` or `#if`.',
  example: '{{#with (service "web")}}{{name}} has {{instances.length}}{{else}}no web{{/with}}',
  returns: () => ({ kind: 'optional', of: serviceType }),
  run: ([name], call) => call.findService(name),
});

export const caseless = defineViewHelper({
  name: 'caseless',
  parameters: [text('name')],
  doc: 'The name of a service, for a consumer that ignores case. When the names of several services differ only in upper and lower case, one service keeps the name: the expected one, else the one in lower case, else the first. The others are rejected.',
  example: 'upstream {{caseless name}}',
  returns: () => string,
  run: ([name], call) => {
    const holder = call.holderOf(name);
    if (holder === undefined || holder.name === name) return name;
    return call.fail(
      'another service whose name differs only in case holds this name (expected, lower case, or first)',
    );
  },
});

export const lookup = defineHelper({
  name: 'lookup',
  parameters: [anything('object'), scalar('key')],
  doc: 'The field, key or item of that name or index. Use it when the name is a value itself.',
  example: '{{lookup metadata @root.vars.zoneKey}}',
  returns: ({ args: [object = any], literals: [, key] }) => {
    const type = present(object);
    if (type.kind === 'list' || type.kind === 'map') return type.of;
    if (type.kind !== 'struct' || key === undefined) return any;
    return type.fields[key]?.type ?? any;
  },
  check: ({ args: [object = any], literals: [, key] }) => {
    const type = present(object);
    if (type.kind === 'string' || type.kind === 'number' || type.kind === 'boolean')
      return { message: `${describeType(type)} has no fields to look up` };
    if (type.kind !== 'struct' || key === undefined || Object.hasOwn(type.fields, key)) return undefined;
    const meant = nearest(key, Object.keys(type.fields));
    return { message: `${type.name} has no field "${key}"`, ...(meant && { hint: `Did you mean ${meant}?` }) };
  },
  run: ([object, key]) => {
    if (typeof object !== 'object' || object === null) return undefined;
    const name = String(key);
    return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
  },
});

/** The hint for an environment variable that is not allowed. @param file the file that lists the variables. Default: the config. */
export function adviseEnv(name: string, file: string | undefined): string {
  return file === undefined ? `Add it to the config: env: [${name}].` : `Set it in ${file}: env: {${name}: …}.`;
}

function commonOf(value: Type, fallback: Type): Type {
  const certain = present(value);
  return keyOf(certain) === keyOf(fallback) ? certain : any;
}
