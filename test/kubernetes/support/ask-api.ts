import { request } from 'node:https';

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; the text itself when it is no JSON. */
  readonly body: unknown;
}

export interface ApiUser {
  readonly server: string;
  /** PEM text. */
  readonly ca: string;
  readonly token: string;
}

/** Makes one request to an API server on a connection of its own. */
export function askApi(
  { server, ca, token }: ApiUser,
  method: string,
  path: string,
  body?: object,
  contentType = 'application/json',
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': contentType }) };
    const asked = request(`${server}${path}`, { method, headers, ca, agent: false, timeout: 30_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('error', reject).on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body: parsed(text) });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
