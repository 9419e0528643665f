import { splitEndpoint } from '../model/endpoint.js';

/** Longest value that is parsed to see what it is, in UTF-16 code units. */
const maxLength = 262_144;

/**
 * What a value looks like, for the message of a rejection: `a JSON object`, `host:port`. Undefined when it looks like nothing in particular.
 * It says nothing about whether the value is a valid registration, and never quotes it.
 */
export function describeLook(value: string): string | undefined {
  const text = value.trim();
  const json = jsonLooks.find(({ first }) => text.startsWith(first));
  if (json !== undefined && text.length > maxLength)
    return `longer than ${maxLength} characters and begins like ${json.name}`;
  if (json !== undefined && isJson(text)) return json.name;
  if (text.startsWith('{')) return 'text that begins like a JSON object, but is not valid JSON';
  // A long text may be a list of endpoints. Its first part says enough.
  const [part = ''] = text.slice(0, 300).split(',', 1);
  if (/[\s"'{}<>\\]/.test(part)) return undefined;
  const list = text.includes(',') ? 'a list of ' : '';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(part)) return list === '' ? 'a URL' : 'a list of URLs';
  const endpoint = splitEndpoint(part);
  if ('rejected' in endpoint || endpoint.host === '' || !Number.isInteger(endpoint.port)) return undefined;
  return `${list}host:port`;
}

const jsonLooks = [
  { first: '{', name: 'a JSON object' },
  { first: '[', name: 'a JSON list' },
  { first: '"', name: 'a JSON text in quotes' },
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
