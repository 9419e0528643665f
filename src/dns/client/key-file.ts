import { readTrusted } from '../../filesystem/read.js';
import { RollcallError } from '../../model/errors.js';
import { explainUnread } from '../../model/file-error.js';
import { parseTsigKey } from '../wire/tsig-key.js';
import type { TsigKey } from '../wire/tsig.js';

/** @throws RollcallError `TSIG_KEY`; its message has no part of the file */
export async function readTsigKey(path: string): Promise<TsigKey> {
  let text: string;
  try {
    text = (await readTrusted(path, { notWritableByOthers: true })).toString();
  } catch (cause) {
    throw new RollcallError('TSIG_KEY', `cannot read the TSIG key from ${path}: ${explainUnread(cause)}`, { cause });
  }
  const key = parseTsigKey(text);
  if (typeof key === 'string') throw new RollcallError('TSIG_KEY', `${path} is no TSIG key: ${key}`);
  return key;
}
