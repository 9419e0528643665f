import { nearest } from '../../model/suggest.js';
import { serviceType } from '../shape.js';
import { any, describeType, keyOf, present, string } from '../types.js';
import type { Type } from '../types.js';
import { isNothing } from './helper.js';
import type { Helper } from './helper.js';

export const defaultHelper: Helper = {
  name: 'default',
  parameters: [
    { name: 'value', accepts: 'anything', mayBeMissing: true },
    { name: 'fallback', accepts: 'anything', mayBeMissing: false },
  ],
  doc: "The value, or the fallback when it is missing, null or `''`.",
  example: '{{default metadata.path "/"}}',
  returns: ({ args: [value = any, fallback = any] }) => commonOf(value, fallback),
  run: ([value, fallback]) => (isNothing(value) ? fallback : value),
};

export const required: Helper = {
  name: 'required',
  parameters: [
    { name: 'value', accepts: 'anything', mayBeMissing: true },
    { name: 'message', accepts: 'text', mayBeMissing: false },
  ],
  doc: "The value; when it is missing, null or `''`, what is being rendered is rejected with the message.",
  example: '{{required metadata.region "every web instance needs a region"}}',
  returns: ({ args: [value = any] }) => present(value),
  run: ([value, message], call) => (isNothing(value) ? call.fail(String(message)) : value),
};

export const env: Helper = {
  name: 'env',
  looksAtView: true,
  parameters: [{ name: 'name', accepts: 'literal', mayBeMissing: false }],
  doc: "An environment variable that the config's `env` allows; `''` when it is not set. The same as `env.NAME`.",
  example: '{{env "REGION"}}',
  returns: () => string,
  check: ({ literals: [name], envNames }) => {
    if (name === undefined || envNames === undefined || envNames.includes(name)) return undefined;
    const meant = nearest(name, envNames);
    const hint = meant === undefined ? `Add it to the config: env: [${name}].` : `Did you mean ${meant}?`;
    return { message: `the config's env does not allow "${name}"`, hint };
  },
  run: ([name], call) => {
    const key = String(name);
    return Object.hasOwn(call.view.env, key) ? call.view.env[key] : call.fail(`the config's env does not allow ${key}`);
  },
};

export const service: Helper = {
  name: 'service',
  looksAtView: true,
  parameters: [{ name: 'name', accepts: 'text', mayBeMissing: false }],
  doc: 'The service of that name, or nothing: for `#with` and `#if`.',
  example: '{{#with (service "web")}}{{name}} has {{instances.length}}{{else}}no web{{/with}}',
  returns: () => ({ kind: 'optional', of: serviceType }),
  run: ([name], call) => call.findService(String(name)),
};

export const caseless: Helper = {
  name: 'caseless',
  looksAtView: true,
  parameters: [{ name: 'name', accepts: 'text', mayBeMissing: false }],
  doc: 'The name of a service, for a consumer that ignores case: rejected when another service has the better claim to it.',
  example: 'upstream {{caseless name}}',
  returns: () => string,
  run: ([name], call) => {
    const holder = call.holderOf(String(name));
    if (holder === undefined || holder.name === name) return name;
    return call.fail('a service whose name differs in case only has the better claim (expected, lower case, first)');
  },
};

export const lookup: Helper = {
  name: 'lookup',
  parameters: [
    { name: 'object', accepts: 'anything', mayBeMissing: false },
    { name: 'key', accepts: 'scalar', mayBeMissing: false },
  ],
  doc: 'The field, key or item of that name or number: for names that are values themselves.',
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
};

function commonOf(value: Type, fallback: Type): Type {
  const certain = present(value);
  return keyOf(certain) === keyOf(fallback) ? certain : any;
}
