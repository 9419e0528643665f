/** One segment of a pattern. `services` matches one or more segments. `any` matches one segment of any text. */
export type KeyPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'service' }
  | { readonly kind: 'services' }
  | { readonly kind: 'id' }
  | { readonly kind: 'any' };

/** Says which segments of a key after the prefix are the service and the id. */
export interface KeyPattern {
  readonly text: string;
  readonly parts: readonly KeyPart[];
  /** False: the source must name the service. */
  readonly namesService: boolean;
}

/** The texts that a pattern reads from a key. */
export interface KeyNames {
  /** Undefined when the pattern has no `<service>`. Segments of `<service...>` are joined by a slash. */
  readonly service: string | undefined;
  /** The segments of all `<id>`, joined by a slash. Without `<id>`: all segments from the service on. Without a service too: all segments. */
  readonly id: string;
  /** The segments that matched `<_>`, in order. */
  readonly others: readonly string[];
}

const placeholders: Readonly<Record<string, KeyPart>> = {
  '<service>': { kind: 'service' },
  '<service...>': { kind: 'services' },
  '<id>': { kind: 'id' },
  '<_>': { kind: 'any' },
};

/** Known key layouts have far fewer segments. */
const maxSegments = 32;

/**
 * Parses a pattern such as `<service>/<id>` or `<service>/services/<id>/<_>`. Slashes separate the segments. Each segment is a literal,
 * `<service>`, `<service...>` (one or more segments), `<id>` or `<_>` (any one segment). The service occurs at most once; `<id>` may occur
 * several times.
 */
export function parseKeyPattern(text: string): KeyPattern | { readonly problem: string } {
  if (text === '') return { problem: 'is empty' };
  if (text.startsWith('/') || text.endsWith('/'))
    return { problem: 'begins or ends with a slash: it counts the segments after the prefix' };
  const segments = text.split('/');
  if (segments.length > maxSegments) return { problem: `has more than ${maxSegments} segments` };
  const parts: KeyPart[] = [];
  for (const segment of segments) {
    const placeholder = Object.hasOwn(placeholders, segment) ? placeholders[segment] : undefined;
    if (segment === '') return { problem: 'has an empty segment' };
    if (placeholder === undefined && /[<>]/.test(segment))
      return { problem: `has ${segment}, which is not one of ${Object.keys(placeholders).join(', ')}` };
    parts.push(placeholder ?? { kind: 'literal', text: segment });
  }
  const services = parts.filter(isService).length;
  if (services > 1) return { problem: 'names the service twice: `<service...>` takes several segments' };
  return { text, parts, namesService: services === 1 };
}

/** @throws RangeError for a pattern that `parseKeyPattern` refuses. Callers check the text with `parseKeyPattern` first. */
export function compileKeyPattern(text: string): KeyPattern {
  const pattern = parseKeyPattern(text);
  if ('problem' in pattern) throw new RangeError(`the key pattern ${JSON.stringify(text)} ${pattern.problem}`);
  return pattern;
}

export function isService({ kind }: KeyPart): boolean {
  return kind === 'service' || kind === 'services';
}

/**
 * Reads a key by a pattern. Undefined when the key does not fit: it has too few or too many segments, an empty segment, or another literal.
 * Escapes are not decoded.
 *
 * @param rest the key after the prefix
 * @param caseInsensitive literals match in upper and lower case
 */
export function matchKey({ parts }: KeyPattern, rest: string, caseInsensitive = false): KeyNames | undefined {
  const at = parts.findIndex(({ kind }) => kind === 'services');
  const segments = at === -1 ? splitIntoCount(rest, parts.length) : splitAround(rest, at, parts.length - at - 1);
  return segments && readParts(parts, segments, caseInsensitive);
}

/** Builds a key from a pattern; undefined when the pattern has `<_>` or several `<id>`. @param id without a slash */
export function fillKey({ parts }: KeyPattern, service: string, id: string): string | undefined {
  const segments: string[] = [];
  let ids = 0;
  for (const part of parts) {
    if (part.kind === 'any' || (part.kind === 'id' && ++ids > 1)) return undefined;
    segments.push(part.kind === 'literal' ? part.text : part.kind === 'id' ? id : service);
  }
  return segments.join('/');
}

/** Splits off `before` leading and `behind` trailing segments; the middle stays one text. Undefined when the middle has no text or an empty segment. */
function splitAround(text: string, before: number, behind: number): string[] | undefined {
  let from = 0;
  const head: string[] = [];
  for (; head.length < before; from += 1) {
    const slash = text.indexOf('/', from);
    if (slash === -1) return undefined;
    head.push(text.slice(from, slash));
    from = slash;
  }
  let to = text.length;
  const tail: string[] = [];
  while (tail.length < behind) {
    const slash = text.lastIndexOf('/', to - 1);
    if (slash < from || to === 0) return undefined;
    tail.unshift(text.slice(slash + 1, to));
    to = slash;
  }
  const middle = text.slice(from, to);
  return /^\/|\/\/|\/$/.test(middle) ? undefined : [...head, middle, ...tail];
}

/** Splits into `count` segments; undefined for another number. It does not split at every slash, because a key may be megabytes long. */
function splitIntoCount(text: string, count: number): string[] | undefined {
  const segments: string[] = [];
  let from = 0;
  for (let index = 1; index < count; index++) {
    const slash = text.indexOf('/', from);
    if (slash === -1) return undefined;
    segments.push(text.slice(from, slash));
    from = slash + 1;
  }
  if (text.includes('/', from)) return undefined;
  segments.push(text.slice(from));
  return segments;
}

const none: readonly string[] = [];

function readParts(
  parts: readonly KeyPart[],
  segments: readonly string[],
  caseInsensitive: boolean,
): KeyNames | undefined {
  let service: string | undefined;
  let id: string | undefined;
  let others: string[] | undefined;
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    if (segment === '') return undefined;
    if (part.kind === 'literal') {
      if (segment !== part.text && !(caseInsensitive && segment.toLowerCase() === part.text.toLowerCase()))
        return undefined;
    } else if (part.kind === 'id') id = id === undefined ? segment : `${id}/${segment}`;
    else if (part.kind === 'any') (others ??= []).push(segment);
    else service = segment;
  }
  id ??= segments.slice(Math.max(parts.findIndex(isService), 0)).join('/');
  return { service, id, others: others ?? none };
}
