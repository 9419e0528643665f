import * as z from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import { validateFragment } from '../model/validate.js';
import { serviceName, variable } from './name.js';
import { readYamlFile, type LocatedFileValue } from './read-yaml-file.js';
import { sourceSchema } from './source.js';

const fields = z.strictObject({
  address: z.string().describe('IP address or host name.'),
  port: z.int().describe('1 to 65535.'),
  id: z.string().optional().describe('Default: address and port.'),
  weight: z.int().optional().describe('0 to 65535. Default: 1.'),
  scheme: z.string().optional().describe('For example `https`.'),
  zone: z.string().optional().describe('The zone in which it runs.'),
  version: z.string().optional().describe('Version of the program.'),
  tags: z.array(z.string()).optional().describe('Tags, by which a filter can select it.'),
  metadata: z.record(z.string(), z.string()).optional().describe('Metadata: text by key.'),
  status: z.enum(['passing', 'draining', 'critical']).optional().describe('Default: passing.'),
});

/** `10.0.0.5:8080`, `[2001:db8::1]:8080`, `http://example.com`. */
const endpoint = z.string().transform((text, context): z.output<typeof fields> => {
  const split = splitEndpoint(text);
  if (!('rejected' in split)) return { address: split.host, port: split.port ?? 0, scheme: split.scheme };
  context.addIssue(split.reason);
  return z.NEVER;
});

const instance = z
  .union([endpoint, fields])
  .transform((given) => ({ ...given, id: given.id ?? `${given.address}:${given.port}` }))
  .superRefine((given, context) => {
    const validated = validateFragment({ ...given, service: '-' }, { source: '', key: '' });
    if ('rejected' in validated) context.addIssue(validated.reason);
  });

const instances = z.array(instance).superRefine((all, context) => {
  const seen = new Set<string>();
  for (const [index, { id }] of all.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [index], message: `has the id of another one: ${id}` });
    seen.add(id);
  }
});

/** A fixture: a file with the services that etcd would hold, to render and test templates without etcd. */
export const fixtureSchema = z.strictObject({
  services: z.record(serviceName, instances).default({}).describe('Instances by the name of their service.'),
  keys: z
    .record(z.string().min(1), z.union([z.string(), z.record(z.string(), z.unknown())]))
    .default({})
    .describe('Registrations as etcd holds them: value by key. A map stands for its JSON text.'),
  sources: z.array(sourceSchema).min(1).optional().describe('The sources that read `keys`, if there is no config.'),
  expect: z
    .array(serviceName)
    .default([])
    .describe('Services that are in the view even without instances, in addition to those of the target.'),
  vars: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Values for the templates. They replace those of the config and the target.'),
  env: z.record(variable, z.string()).default({}).describe('Environment variables. Those of the process are not used.'),
});

export type Fixture = z.output<typeof fixtureSchema>;

/**
 * Reads a fixture.
 *
 * @param file absolute path
 * @throws ConfigError `FIXTURE_INVALID` with every problem
 */
export function readFixture(file: string): Promise<LocatedFileValue<Fixture>> {
  return readYamlFile(file, fixtureSchema, 'FIXTURE_INVALID');
}
