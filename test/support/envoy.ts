import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';

const folderOf = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/** The published definitions of Envoy's API, and those that they import. */
const roots = [
  ...['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((name) =>
    join(folderOf('@grpc/grpc-js-xds'), 'deps', name),
  ),
  folderOf('protobufjs'),
];

/** `uint32.lte`: 65535 */
type Rules = Readonly<Record<string, unknown>>;

/**
 * Reads Envoy's definition of a message.
 *
 * @param file path below the root of the definitions: `envoy/config/endpoint/v3/endpoint.proto`
 * @param name full name of the message
 * @returns a function that tells why a JSON value is no such message: unknown fields, wrong types, and the rules of the definition for numbers and
 * texts that are broken. Empty: it is one. Names of fields may be in snake case only.
 */
export async function readEnvoyMessage(file: string, name: string): Promise<(value: unknown) => string[]> {
  const root = new protobuf.Root();
  // A file that is in no folder is one of protobufjs's own.
  root.resolvePath = (_, target) => roots.map((each) => join(each, target)).find((path) => existsSync(path)) ?? target;
  await root.load(file, { keepCase: true });
  root.resolveAll();
  const type = root.lookupType(name);
  return (value) => problemsOf(type, value, name);
}

function problemsOf(type: protobuf.Type, value: unknown, at: string): string[] {
  if (type.fullName.startsWith('.google.protobuf.') && type.fields.value)
    return problemsOfValue(type.fields.value, {}, value, at);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no ${type.fullName}`];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = type.fields[key];
    const where = `${at}.${key}`;
    if (!field) return [`${where} is no field of ${type.fullName}`];
    field.resolve();
    const rules = rulesOf(field);
    if (!field.repeated) return problemsOfValue(field, rules, item, where);
    if (!Array.isArray(item)) return [`${where} is no list`];
    return item.flatMap((one, index) => problemsOfValue(field, {}, one, `${where}[${index}]`));
  });
}

function rulesOf({ options = {} }: protobuf.Field): Rules {
  const prefix = '(validate.rules).';
  const own = Object.entries(options).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value as unknown]));
}

function problemsOfValue(field: protobuf.Field, rules: Rules, value: unknown, at: string): string[] {
  const { resolvedType, type } = field;
  if (resolvedType instanceof protobuf.Enum)
    return typeof value === 'string' && value in resolvedType.values ? [] : [`${at} is not of ${resolvedType.name}`];
  if (resolvedType instanceof protobuf.Type)
    // The rule of a wrapped number stands at the field.
    return [...problemsOf(resolvedType, value, at), ...problemsOfRules(rules, value, at)];
  const wanted = type === 'string' ? 'string' : type === 'bool' ? 'boolean' : 'number';
  if (typeof value !== wanted) return [`${at} is no ${wanted}`];
  if (type === 'uint32' && (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 2 ** 32 - 1))
    return [`${at} is no uint32`];
  return problemsOfRules(rules, value, at);
}

function problemsOfRules(rules: Rules, value: unknown, at: string): string[] {
  const [lte, gte, shortest] = [rules['uint32.lte'], rules['uint32.gte'], rules['string.min_len']];
  return [
    ...(typeof lte === 'number' && Number(value) > lte ? [`${at} is more than ${lte}`] : []),
    ...(typeof gte === 'number' && Number(value) < gte ? [`${at} is less than ${gte}`] : []),
    ...(typeof shortest === 'number' && String(value).length < shortest ? [`${at} is shorter than ${shortest}`] : []),
  ];
}
