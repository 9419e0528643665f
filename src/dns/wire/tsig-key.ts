import { problemOfHostName } from '../labels.js';
import { tsigAlgorithms, type TsigKey } from './tsig.js';

/**
 * Reads a key as `tsig-keygen` writes it (`key "NAME" { algorithm hmac-sha256; secret "BASE64"; };`), or in one line as nsupdate and dig
 * take it (`hmac-sha256:NAME:BASE64`).
 *
 * @returns the key, or one clause that says why the text is none. The clause never quotes the text.
 */
export function parseTsigKey(text: string): TsigKey | string {
  // Base64 may have two slashes.
  const plain = text.replace(/("[^"]*")|(?:\/\/|#).*$|\/\*[\s\S]*?\*\//gm, (_, kept?: string) => kept ?? '').trim();
  const [, line, itsName, inLine] = /^([A-Za-z0-9-]+):([^:\s]+):([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const [, quoted, bare, body] = /^key\s+(?:"([^"]+)"|([^\s"{]+))\s*\{([^{}]*)\}\s*;?$/.exec(plain) ?? [];
  const name = (itsName ?? quoted ?? bare ?? '').toLowerCase().replace(/\.$/, '');
  const algorithm = (line ?? /(?:^|[;\s])algorithm\s+"?([A-Za-z0-9.-]+)"?\s*;/.exec(body ?? '')?.[1])?.toLowerCase();
  const encoded = inLine ?? /(?:^|[;\s])secret\s+"?([A-Za-z0-9+/=\s]+?)"?\s*;/.exec(body ?? '')?.[1];
  if (name === '' || algorithm === undefined || encoded === undefined)
    return 'it holds no key: write it with `tsig-keygen NAME`, and exactly one key in the file';
  const problem = problemOfHostName(name.replaceAll('_', '-'));
  if (problem !== undefined) return `the name of the key is no name: ${problem}`;
  if (!Object.hasOwn(tsigAlgorithms, algorithm))
    return `its algorithm is none of ${Object.keys(tsigAlgorithms).join(', ')}`;
  const secret = Buffer.from(encoded.replace(/\s/g, ''), 'base64');
  return secret.length === 0 ? 'its secret is empty' : { name, algorithm: algorithm as TsigKey['algorithm'], secret };
}
