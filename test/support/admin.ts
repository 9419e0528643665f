import { request, type RequestOptions } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** Makes one request of the admin server over a socket (`socketPath`) or TCP. */
export function askAdmin(options: RequestOptions, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent: false, timeout: 5000, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const isJson = response.headers['content-type']?.includes('json') === true;
        const json: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, text, json });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end(body);
  });
}
