import { haproxyName, plainWords, readServer, type ServerLine } from './server-line.js';

/** One section of a HAProxy file. Sections of the same text are the same object, as long as their file keeps them. */
export interface Section {
  /** Its first line: `backend web`. `''`: what is before the first section. */
  readonly header: string;
  /** The name of a `backend` or `listen` section. */
  readonly backend: string | undefined;
  /** All that the runtime cannot change: its other lines, and the servers that it cannot be told about. Without comments. */
  readonly rest: string;
  /** By name, what the runtime can be told about. */
  readonly servers: ReadonlyMap<string, ServerLine>;
  /** Names of servers in `rest`. The runtime has them, and they stay as they are. */
  readonly others: ReadonlySet<string>;
  /** Why its servers are not touched at run time; they are in `rest` then. Undefined: they are. */
  readonly untouched: string | undefined;
  /** The different `options` of its servers. */
  readonly optionSets: ReadonlySet<string>;
}

/** The sections of a file, in their order. */
export interface FileSections {
  readonly sections: readonly Section[];
  readonly byText: ReadonlyMap<string, Section>;
}

// HAProxy 3.2 configuration manual. Sections of other names begin without a blank in front; see `isForeignHeader`.
const keywords =
  'acme|backend|cache|crt-store|defaults|fcgi-app|frontend|global|http-errors|listen|log-forward|log-profile|mailers|peers|program|resolvers|ring|traces|userlist';
const beginning = new RegExp(`^(?=[ \\t]*(?:${keywords})(?:[ \\t\\r#]|$))`, 'm');
const directive = /^[ \t]*\.[a-z]/m;

/**
 * Reads the text of a HAProxy file.
 *
 * @param defaultServer words of the `default-server` lines that another file has for all backends
 * @param before the sections of the file before. Sections of the same text are not read again.
 * @returns undefined when the file has conditions (`.if`): only HAProxy knows which lines count
 */
export function readSections(
  text: string,
  defaultServer: readonly string[],
  before?: FileSections,
): FileSections | undefined {
  if (directive.test(text)) return undefined;
  const byText = new Map<string, Section>();
  const sections = text.split(beginning).flatMap((chunk) => {
    if (chunk === '') return [];
    const section = byText.get(chunk) ?? before?.byText.get(chunk) ?? readSection(chunk, defaultServer);
    byText.set(chunk, section);
    return [section];
  });
  return { sections, byText };
}

function readSection(text: string, defaultServer: readonly string[]): Section {
  const [first = '', ...lines] = text.split('\n');
  const header = plainWords(first) ?? [first];
  const [keyword = '', name = ''] = header;
  const isHeader = beginning.test(first);
  const made = {
    header: isHeader ? header.join(' ') : '',
    backend: isHeader && (keyword === 'backend' || keyword === 'listen') ? name : undefined,
  };
  const body = isHeader ? lines : [first, ...lines];
  const all = body.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const whole = (untouched: string | undefined): Section => ({
    ...made,
    rest: all.join('\n'),
    servers: new Map(),
    others: new Set(),
    untouched,
    optionSets: new Set(),
  });
  if (made.backend === undefined) return whole(undefined);
  if (!haproxyName.test(name)) return whole('its name is no plain word');
  if (isForeignHeader(body)) return whole('it has lines that may begin a section of another kind');

  const rest: string[] = [];
  const servers = new Map<string, ServerLine>();
  const others = new Set<string>();
  let defaults: readonly string[] | undefined = defaultServer;
  for (const line of all) {
    const words = plainWords(line);
    const [first = ''] = words ?? line.split(/\s+/);
    if (first === 'server-template') return whole('it has a `server-template`');
    if (first === 'default-server') defaults = words && defaults && [...defaults, ...words.slice(1)];
    if (first !== 'server') {
      rest.push(line);
      continue;
    }
    const server = words && defaults && readServer(words, defaults);
    const named = server?.name ?? line.split(/\s+/)[1] ?? '';
    if (!haproxyName.test(named)) return whole('the name of a server is no plain word');
    if (servers.has(named) || others.has(named)) return whole(`the server ${named} is there twice`);
    if (server) servers.set(named, server);
    else {
      others.add(named);
      rest.push(line);
    }
  }
  const optionSets = new Set([...servers.values()].map(({ options }) => options));
  return { ...made, rest: rest.join('\n'), servers, others, untouched: undefined, optionSets };
}

/** Whether a line without a blank in front follows indented lines: it may begin a section that this version does not know. */
function isForeignHeader(body: readonly string[]): boolean {
  let isIndented = false;
  for (const line of body) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    if (/^[ \t]/.test(line)) isIndented = true;
    else if (isIndented) return true;
  }
  return false;
}
