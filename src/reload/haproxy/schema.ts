import * as z from 'zod';
import { duration } from '../../model/duration-schema.js';
import { parseAddress } from '../../model/address.js';
import { splitEndpoint } from '../../model/endpoint.js';
import { isSendable, plainWords } from './server-line.js';

const common = {
  defaultServer: z
    .string()
    .refine((text) => isSendable((plainWords(text) ?? ['"']).join(' ')), 'must be plain words, without quotes')
    .default('')
    .meta({
      description:
        'The words of `default-server` in your own `defaults` section, if it has one. HAProxy does not apply them to servers that are added at run time.',
    }),
  timeout: duration(1).prefault('10s').meta({ description: 'Time for one change of the running process.' }),
};

const address = z
  .string()
  .superRefine((text, context) => {
    if (readAdminAddress(text) === undefined) context.addIssue('must be HOST:PORT, such as 127.0.0.1:9999');
  })
  .meta({ description: 'HOST:PORT of a `stats socket` that listens on TCP, instead of `socket`.' });

/** The `haproxyRuntime` block: one admin socket. */
export const haproxyRuntimeSchema = z.union([
  z.strictObject({
    socket: z.string().min(1).meta({
      doc: 'path',
      description: 'Path of the `stats socket` of HAProxy. It needs `level admin`.',
    }),
    ...common,
  }),
  z.strictObject({ address, ...common }),
]);

export type HaproxyRuntimeOptions = z.output<typeof haproxyRuntimeSchema>;

/** Undefined when the text is no host and port. */
export function readAdminAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const split = splitEndpoint(text);
  if ('rejected' in split || split.scheme !== undefined || split.port === undefined) return undefined;
  const host = parseAddress(split.host);
  const isPort = Number.isInteger(split.port) && split.port > 0 && split.port < 65_536;
  return host && isPort ? { host: host.address, port: split.port } : undefined;
}
