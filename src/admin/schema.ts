import * as z from 'zod';
import { duration } from '../model/duration-schema.js';
import { parseListen } from './listen.js';

const file = z.string().min(1).meta({ doc: 'path' });

const tls = z
  .strictObject({
    cert: file.meta({ description: 'PEM file of the certificate that rollcall presents.' }),
    key: file.meta({ description: 'PEM file of the private key of `cert`.' }),
    ca: file.optional().meta({
      description:
        'PEM file of the certificate authorities for clients’ certificates. A client with such a certificate may read `/api` without the token.',
      fallback: 'client certificates are not asked for',
    }),
  })
  .meta({ description: 'TLS of `listen`.' });

const token = z.string().min(16);

/** The `admin:` block. */
export const adminSchema = z
  .strictObject({
    listen: z
      .string()
      .optional()
      .superRefine((text, context) => {
        if (text !== undefined && parseListen(text) === undefined)
          context.addIssue(`${JSON.stringify(text)} is no address and port: write 127.0.0.1:9117, [::1]:9117 or :9117`);
      })
      .meta({
        doc: 'text',
        description: 'Address and port for HTTP: `127.0.0.1:9117`, `[::]:9117`, or `:9117` for all addresses.',
        fallback: 'only the socket in `stateDir`',
      }),
    tokenFile: file.optional().meta({
      description: 'File that holds the token, at least 16 characters; rollcall reads it again when it changes.',
    }),
    token: token.optional().meta({
      description: 'The token itself. Prefer `tokenFile`: a config is often shown to other people.',
    }),
    tls: tls.optional().meta({ fallback: 'plain HTTP' }),
    unreadyAfter: duration().default(60_000).meta({
      description: '`/readyz` fails when a target has failed for this long.',
    }),
  })
  .superRefine((value, context) => {
    if (value.token !== undefined && value.tokenFile !== undefined)
      context.addIssue({ code: 'custom', message: 'takes `tokenFile` or `token`, not both' });
    if (value.listen !== undefined) return;
    for (const key of ['token', 'tokenFile', 'tls'] as const)
      if (value[key] !== undefined)
        context.addIssue({ code: 'custom', path: [key], message: 'needs `listen` beside it' });
  });
