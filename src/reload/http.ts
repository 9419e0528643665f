import { resolve } from 'node:path';
import * as z from 'zod';
import { readTrusted } from '../filesystem/read.js';
import { rootMessageOf } from '../model/errors.js';
import { createCapture } from '../process/capture.js';
import { pace, type ReloadKind } from './kind.js';
import { reloadBy, type ProbeFactory } from './probe.js';

/** Bytes of a response that are read at most: for `contains`, and for the message of a failure. */
const READ = 1_048_576;

// A request that met a server in the middle of its reload may never be answered; the next one may.
const PATIENCE_MS = 5000;

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
    ...request('GET', 'The one status that is a yes.'),
    contains: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Text that must stand in the first MiB of the answer.' }),
  })
  .meta({ description: 'A request, given up after 5 seconds if another attempt can follow.' });
export const confirmHttpShape = { http: confirmRequest };

type Request = z.output<typeof reloadRequest> & Partial<Pick<z.output<typeof confirmRequest>, 'contains'>>;

/**
 * Asks by one HTTP request, without following redirects. A yes is the wanted status (any 2xx when none is wanted) and,
 * with `contains`, that text within the first MiB of the response.
 */
export const httpProbe: ProbeFactory<{ readonly http: Request }> = ({ http }, runtime) => {
  // The query may hold a token; scheme, host and path say enough.
  const { origin, pathname } = new URL(http.url);
  const describe = `http ${http.method} ${origin}${pathname}`;
  return {
    describe,
    patience: PATIENCE_MS,
    async attempt(_context, timeout, signal) {
      const late = new AbortController();
      const done = new AbortController();
      const stop = (): void => {
        late.abort();
      };
      signal.addEventListener('abort', stop, { once: true });
      void runtime.clock.sleep(timeout, done.signal).then(stop);
      try {
        signal.throwIfAborted();
        const problem = await ask(http, runtime.cwd, late.signal);
        return problem === undefined ? { ok: true } : { ok: false, timedOut: false, reason: `${describe} ${problem}` };
      } catch (error) {
        signal.throwIfAborted();
        const timedOut = late.signal.aborted;
        // fetch says `fetch failed`; the reason is in its cause, which for several addresses is a list.
        const why = timedOut ? `did not answer within ${timeout} ms` : `failed: ${rootMessageOf(error)}`;
        return { ok: false, timedOut, reason: `${describe} ${why}` };
      } finally {
        done.abort();
        signal.removeEventListener('abort', stop);
      }
    },
  };
};

/** What is wrong with the answer. @throws when there is none. */
async function ask(http: Request, folder: string, signal: AbortSignal): Promise<string | undefined> {
  // A kept connection that the server closes during its reload would fail the next request.
  const headers = new Headers({ connection: 'close' });
  const secrets = [...new URL(http.url).searchParams.values()];
  for (const [name, value] of Object.entries(http.headers)) {
    const sent =
      typeof value === 'string'
        ? value
        : (await readTrusted(resolve(folder, value.file), { notWritableByOthers: true })).toString().trim();
    secrets.push(...sent.split(/\s+/));
    try {
      headers.set(name, sent);
    } catch {
      // What is thrown quotes the value, which may be a secret.
      return `was not sent: the value of the header ${name} holds a line break or another sign that no header can hold`;
    }
  }
  const response = await fetch(http.url, { method: http.method, headers, redirect: 'manual', signal });
  const { body, shown: said } = await readBody(response);
  const wanted = http.status === undefined ? response.ok : response.status === http.status;
  if (!wanted) {
    const instead = http.status === undefined ? 'a status of 2xx' : String(http.status);
    // A page that shows what it was asked would tell the log.
    const shown = withoutSecrets(said, secrets);
    const to = response.headers.has('location') ? ' (redirects are not followed)' : '';
    return `answered ${response.status} instead of ${instead}${to}${shown === '' ? '' : `: ${shown}`}`;
  }
  if (http.contains !== undefined && !body.includes(http.contains))
    return `answered ${response.status}, but its body does not contain ${JSON.stringify(http.contains)}`;
  return undefined;
}

/** Shorter words are no secrets, and stand in any text. */
const SHORTEST_SECRET = 6;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const long = secrets.filter(({ length }) => length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  return long.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

async function readBody(response: Response): Promise<{ body: string; shown: string }> {
  const capture = createCapture(2048);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the rest of the response.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    capture.add(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size >= READ) break;
  }
  return { body: Buffer.concat(chunks).toString('utf8'), shown: capture.text() };
}

const schema = z.strictObject({ http: reloadRequest, ...pace });

/** `reload: {http: {url: http://127.0.0.1:9090/-/reload}}`. Acknowledged by the response's status. */
export const httpReload: ReloadKind<typeof schema> = {
  key: 'http',
  schema,
  create: (options, runtime) => reloadBy(httpProbe(options, runtime), options.timeout),
};
