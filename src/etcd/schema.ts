import * as z from 'zod';
import { duration } from '../model/duration-schema.js';
import { parseEndpoint } from './endpoint.js';

const file = z.string().min(1);

const tls = z
  .strictObject({
    ca: file.optional().describe('PEM file of who signs the servers’ certificates. Default: what Node trusts.'),
    cert: file.optional().describe('PEM file of the certificate that rollcall presents.'),
    key: file.optional().describe('PEM file of its private key.'),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe('Name in the servers’ certificates, when it is not the endpoint’s.'),
  })
  .superRefine((value, context) => {
    if ((value.cert === undefined) === (value.key === undefined)) return;
    const [absent, present] = value.cert === undefined ? ['cert', 'key'] : ['key', 'cert'];
    context.addIssue({ code: 'custom', path: [present], message: `needs \`${absent}\` beside it` });
  });

const auth = z
  .strictObject({
    username: z.string().min(1),
    passwordFile: file.optional().describe('File that holds the password; read again at each login.'),
    password: z.string().optional().describe('The password itself. Prefer `passwordFile`.'),
  })
  .superRefine((value, context) => {
    if ((value.password === undefined) !== (value.passwordFile === undefined)) return;
    context.addIssue({ code: 'custom', message: 'needs either `passwordFile` or `password`' });
  });

/** The `etcd:` block. What it leaves out is filled by ETCDCTL_* variables (environment.ts), then by defaults. */
export const etcdSchema = z
  .strictObject({
    endpoints: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('URLs or host:port. Default: $ETCDCTL_ENDPOINTS, then http://127.0.0.1:2379.'),
    tls: tls.optional(),
    auth: auth.optional(),
    callTimeout: duration(10).optional().describe('What one endpoint has to answer one call. Default 5s.'),
    dialTimeout: duration(10).optional().describe('What one endpoint has to accept a connection. Default 2s.'),
  })
  .superRefine((value, context) => {
    value.endpoints?.forEach((text, index) => {
      const endpoint = parseEndpoint(text, value.tls !== undefined);
      const path = ['endpoints', index];
      if ('problem' in endpoint) context.addIssue({ code: 'custom', path, message: endpoint.problem });
      else if (!endpoint.secure && value.tls !== undefined)
        context.addIssue({
          code: 'custom',
          path,
          message: 'is not encrypted, but there is a `tls` block: write https://',
        });
    });
  });

export type EtcdBlock = z.output<typeof etcdSchema>;
