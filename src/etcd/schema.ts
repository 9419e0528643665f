import * as z from 'zod';
import { duration } from '../model/duration-schema.js';
import { parseEndpoint } from './endpoint.js';

const file = z.string().min(1).meta({ doc: 'path' });

const tls = z
  .strictObject({
    ca: file.optional().meta({
      description: 'PEM file of the certificate authorities for the servers’ certificates.',
      fallback: 'the authorities that Node.js trusts',
    }),
    cert: file.optional().meta({ description: 'PEM file of the certificate that rollcall presents; needs `key`.' }),
    key: file.optional().meta({ description: 'PEM file of the private key of `cert`; needs `cert`.' }),
    serverName: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Name that the servers’ certificates must be valid for.', fallback: 'the endpoint’s host' }),
  })
  .meta({ dependencies: { cert: ['key'], key: ['cert'] } })
  .superRefine((value, context) => {
    if ((value.cert === undefined) === (value.key === undefined)) return;
    const [absent, present] = value.cert === undefined ? ['cert', 'key'] : ['key', 'cert'];
    context.addIssue({ code: 'custom', path: [present], message: `needs \`${absent}\` beside it` });
  });

const auth = z
  .strictObject({
    username: z.string().min(1).meta({ description: 'Name of the user.' }),
    passwordFile: file.optional().meta({ description: 'File that holds the password; read again at each login.' }),
    password: z.string().optional().meta({
      description: 'The password itself. Prefer `passwordFile`: a config is often shown to other people.',
    }),
  })
  .meta({ oneOf: [{ required: ['passwordFile'] }, { required: ['password'] }] })
  .superRefine((value, context) => {
    if ((value.password === undefined) !== (value.passwordFile === undefined)) return;
    context.addIssue({ code: 'custom', message: 'needs either `passwordFile` or `password`' });
  });

/** The `etcd:` block. ETCDCTL_* variables (environment.ts), then defaults, fill in missing keys. */
export const etcdSchema = z
  .strictObject({
    endpoints: z.array(z.string()).min(1).optional().meta({
      description: 'The endpoints of one etcd cluster: URLs or `host:port`.',
      fallback: '`$ETCDCTL_ENDPOINTS`, then `http://127.0.0.1:2379`',
    }),
    tls: tls.optional().meta({
      description: 'TLS of the connections. With this block, rollcall ignores the TLS variables of the environment.',
      fallback: '`$ETCDCTL_CACERT`, `$ETCDCTL_CERT`, `$ETCDCTL_KEY`',
    }),
    auth: auth.optional().meta({
      description: 'The login, if etcd requires one. Needs either `passwordFile` or `password`.',
      fallback: '`$ETCDCTL_USER`, `$ETCDCTL_PASSWORD`',
    }),
    callTimeout: duration(10)
      .optional()
      .meta({ description: 'Time limit for the answer of one endpoint to one call; at least 10ms.', fallback: '`5s`' }),
    dialTimeout: duration(10)
      .optional()
      .meta({ description: 'Time limit for connecting to one endpoint; at least 10ms.', fallback: '`2s`' }),
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
