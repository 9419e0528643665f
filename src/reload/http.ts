import * as z from 'zod';
import { timing, type ReloadKind } from './kind.js';

const url = z.string().superRefine((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
    context.addIssue('must be an http:// or https:// address');
  else if (parsed.username !== '' || parsed.password !== '')
    context.addIssue('must not hold a user or password: send them as headers: {Authorization: {file: …}}');
});

const header = z
  .union([
    z.string(),
    z.strictObject({
      file: z
        .string()
        .min(1)
        .meta({ doc: 'path', description: 'File that holds the value; read for each request. For secrets.' }),
    }),
  ])
  .meta({ description: 'The value, or a map that names a file.' });

const methods = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

const request = (method: z.output<typeof methods>, status: string) => ({
  url: url.meta({ description: '`http://` or `https://` address, without user and password.' }),
  method: methods.default(method).meta({ description: 'The method.' }),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^`|~\w-]+$/, 'is no header name'), header)
    .default({})
    .meta({ description: 'Headers of the request.' }),
  status: z.int().min(100).max(599).optional().meta({ description: status, fallback: 'any 2xx' }),
});

const reloadRequest = z.strictObject(request('POST', 'The one status that acknowledges.')).meta({
  description: 'A request. Acknowledged by the status of its answer. Redirects are not followed.',
});
const confirmRequest = z
  .strictObject({
    ...request('GET', 'The one status that confirms.'),
    contains: z.string().min(1).optional().meta({ description: 'Text that the first MiB of the answer must contain.' }),
  })
  .meta({ description: 'A request, given up after 5 seconds if another attempt can follow.' });
export const confirmHttpShape = { http: confirmRequest };

const schema = z.strictObject({ http: reloadRequest, ...timing });

/** `reload: {http: {url: http://127.0.0.1:9090/-/reload}}`. Acknowledged by the response's status. */
export const httpReload: ReloadKind<typeof schema> = {
  key: 'http',
  schema,
  load: () => import('./http-maker.js'),
};
