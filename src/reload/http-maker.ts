import { validateHeaderValue } from 'node:http';
import { resolve } from 'node:path';
import { readTrusted } from '../filesystem/read.js';
import { createHttpProbe } from '../probe/http.js';
import { consumerQuestion, type Headers } from '../probe/http-question.js';
import { nameRequest } from '../probe/probe.js';
import type { ReloadMaker } from './kind.js';
import { reloadBy, type Question } from './question.js';
import type { ReloadRuntime } from './runtime.js';

export interface HttpOptions {
  readonly http: {
    readonly url: string;
    readonly method: string;
    /** The value, or the file that holds it; read for each request. */
    readonly headers: Readonly<Record<string, string | { readonly file: string }>>;
    readonly status?: number | undefined;
    readonly contains?: string | undefined;
  };
}

export function askByHttp({ http }: HttpOptions, { clock, cwd }: ReloadRuntime): Question {
  const url = new URL(http.url);
  const { method, status, contains } = http;
  const headers = (): Promise<Headers> => readHeaders(http.headers, cwd);
  const probe = createHttpProbe(consumerQuestion({ url, method, headers, status, contains }), clock);
  const describe = `http ${nameRequest(method, url)}`;
  return { describe, subject: describe, probe: () => probe };
}

export const createReload: ReloadMaker<HttpOptions & { readonly timeout: number }> = (options, runtime) =>
  reloadBy(askByHttp(options, runtime), options.timeout);

/** @throws the file system's error for a file, or RollcallError `PATH_UNTRUSTED` */
async function readHeaders(headers: HttpOptions['http']['headers'], directory: string): Promise<Headers> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const sent =
      typeof value === 'string'
        ? value
        : (await readTrusted(resolve(directory, value.file), { notWritableByOthers: true })).toString().trim();
    try {
      validateHeaderValue(name, sent);
    } catch {
      // The value may be a secret, so the message does not show it.
      return {
        problem: `the value of the header ${name} holds a line break or another character that no header can hold`,
      };
    }
    values[name.toLowerCase()] = sent;
  }
  return { values };
}
