import { request } from 'node:http';
import type { EtcdServer } from './etcd.js';
import { deleteKey, putKey } from './keys.js';

/** One change of a key. */
export interface Happened {
  readonly key: string;
  /** Undefined when the key was deleted. */
  readonly value: string | undefined;
}

interface Answer {
  readonly result: { readonly events?: readonly { type?: string; kv: { key: string; value?: string } }[] };
}

const decode = (text = ''): string => Buffer.from(text, 'base64').toString();

/** All changes below a prefix since the store's first revision, in order. */
export async function historyOf(etcd: EtcdServer, prefix: string): Promise<Happened[]> {
  const last = `${prefix}~${process.hrtime.bigint()}`;
  await putKey(etcd, last, '');
  const end = Buffer.from(prefix);
  end.writeUInt8((end.at(-1) ?? 0) + 1, end.length - 1);
  const range = { key: Buffer.from(prefix).toString('base64'), range_end: end.toString('base64') };
  const happened: Happened[] = [];
  await new Promise<void>((resolve, reject) => {
    const asked = request(`${etcd.endpoint}/v3/watch`, { method: 'POST', agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        for (const { result } of lines.map((line) => JSON.parse(line) as Answer))
          for (const { type, kv } of result.events ?? [])
            happened.push({ key: decode(kv.key), value: type === 'DELETE' ? undefined : decode(kv.value) });
        if (happened.at(-1)?.key !== last) return;
        asked.destroy();
        resolve();
      });
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ create_request: { ...range, start_revision: '1' } }));
  });
  await deleteKey(etcd, last);
  return happened.filter(({ key }) => !key.startsWith(`${prefix}~`));
}
