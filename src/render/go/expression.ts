/** A call in a pipeline: `upper (get "/k")`. Its words are complete expressions of Handlebars. */
type Call = readonly string[];

const names: ReadonlyMap<string, string> = new Map([
  ['key', 'get'],
  ['getv', 'get'],
  ['keyExists', 'exists'],
  ['gets', 'getAll'],
  ['getenv', 'env'],
  ['json', 'parseJson'],
  ['jsonArray', 'parseJson'],
  ['parseJSON', 'parseJson'],
  ['base', 'basename'],
  ['dir', 'dirname'],
  ['toUpper', 'upper'],
  ['toLower', 'lower'],
  ['trimSpace', 'trim'],
  ['len', 'count'],
  ['index', 'lookup'],
  ['sub', 'subtract'],
  ['mul', 'multiply'],
  ['mod', 'modulo'],
  ['atoi', 'toNumber'],
  ['parseInt', 'toNumber'],
  ['base64Encode', 'base64'],
]);

/** Calls whose arguments differ too. */
const calls: Readonly<Record<string, (args: readonly string[]) => Call | undefined>> = {
  getv: ([key = '', fallback]) => (fallback === undefined ? ['get', key] : ['default', `(get ${key})`, fallback]),
  getenv: ([name = '', fallback]) => (fallback === undefined ? ['env', name] : ['default', `(env ${name})`, fallback]),
  keyOrDefault: ([key = '', fallback = '""']) => ['default', `(get ${key})`, fallback],
  getvs: ([pattern = '']) => ['sortBy', `(getAll ${pattern})`, '"value"'],
  replaceAll: ([from = '', to = '', text]) => (text === undefined ? undefined : ['replace', text, from, to]),
  printf: ([format, ...args]) => concatOf(format ?? '', args),
  split: (args) => valueFirst('split', args),
  join: (args) => valueFirst('join', args),
  trimPrefix: (args) => valueFirst('trimPrefix', args),
  trimSuffix: (args) => valueFirst('trimSuffix', args),
  default: (args) => valueFirst('default', args),
};

/** Functions of Go's templates, confd and consul-template that are no helpers here. */
const goOnly: ReadonlySet<string> = new Set([
  ...['getv', 'getenv', 'keyOrDefault', 'keyExists', 'printf', 'len', 'toUpper', 'toLower', 'trimSpace'],
  ...['atoi', 'parseInt', 'jsonArray', 'parseJSON', 'base64Encode'],
]);

/** Whether this is a call of a function that only Go's templates have. */
export function callsGoFunction(code: string): boolean {
  const [, word = ''] = /^([A-Za-z]\w*)\s/.exec(code) ?? [];
  return goOnly.has(word);
}

/** The same expression for Handlebars, without outer parentheses; undefined when it is not certain. */
export function convertExpression(go: string): string | undefined {
  const words = tokensOf(go);
  if (words === undefined) return undefined;
  const reader = { words, at: 0 };
  const call = readPipeline(reader);
  return call !== undefined && reader.at === words.length ? withoutParentheses(call.join(' ')) : undefined;
}

/** `(get "/a")` as `get "/a"`: the caller writes the parentheses that its place needs. */
function withoutParentheses(expression: string): string {
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, (text) => '"'.repeat(text.length));
  if (!bare.startsWith('(') || !bare.endsWith(')')) return expression;
  let depth = 0;
  for (let index = 0; index < bare.length; index++) {
    const char = bare.charAt(index);
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (depth === 0 && index < bare.length - 1) return expression;
  }
  return withoutParentheses(expression.slice(1, -1));
}

/** An expression as an argument: a call gets parentheses. */
export function asArgument(given: string): string {
  const expression = withoutParentheses(given);
  return expression.replace(/"(?:[^"\\]|\\.)*"/g, '').includes(' ') ? `(${expression})` : expression;
}

interface Reader {
  readonly words: readonly string[];
  at: number;
}

function readPipeline(reader: Reader): Call | undefined {
  let value: string | undefined;
  for (;;) {
    const args: string[] = [];
    while (reader.at < reader.words.length && !['|', ')'].includes(reader.words[reader.at] ?? '')) {
      const word = readWord(reader);
      if (word === undefined) return undefined;
      args.push(word);
    }
    if (args.length === 0) return undefined;
    // A pipe passes its value as the last argument.
    if (value !== undefined) args.push(value);
    const call = convertCall(args);
    if (call === undefined || reader.words[reader.at] !== '|') return call;
    reader.at++;
    value = asArgument(call.join(' '));
  }
}

function readWord(reader: Reader): string | undefined {
  const word = reader.words[reader.at++] ?? '';
  if (word !== '(') return convertWord(word);
  const call = readPipeline(reader);
  return call === undefined || reader.words[reader.at++] !== ')' ? undefined : asArgument(call.join(' '));
}

function convertCall([name = '', ...args]: readonly string[]): Call | undefined {
  if (args.length === 0) return [name];
  const convert = Object.hasOwn(calls, name) ? calls[name] : undefined;
  return convert === undefined ? [names.get(name) ?? name, ...args] : convert(args);
}

/** The names of fields that consul-template and confd give to items. */
const fields: ReadonlyMap<string, string> = new Map([
  ['Key', 'key'],
  ['Value', 'value'],
  ['Name', 'name'],
  ['ID', 'id'],
  ['Address', 'host'],
  ['Port', 'port'],
  ['Tags', 'tags'],
  ['ServiceMeta', 'metadata'],
]);

function convertWord(word: string): string | undefined {
  if (word === '.') return 'this';
  if (word === '$') return '@root';
  const path = /^(\$\w+)?((?:\.\w+)*)$/.exec(word);
  if (path === null) return word.startsWith('`') ? `"${word.slice(1, -1)}"` : word;
  const parts = (path[2] ?? '').split('.').slice(1);
  const below = parts.map((part) => fields.get(part) ?? part);
  return [...(path[1] === undefined ? [] : [path[1].slice(1)]), ...below].join('.');
}

/** The words of an expression; undefined when a character is unknown. */
function tokensOf(go: string): readonly string[] | undefined {
  const token = /\s+|("(?:[^"\\\n]|\\.)*"|`[^`"\n]*`|[()|]|[\w.$/-]+)/y;
  const words: string[] = [];
  while (token.lastIndex < go.length) {
    const found = token.exec(go);
    if (found === null) return undefined;
    if (found[1] !== undefined) words.push(found[1]);
  }
  return words;
}

function isText(word: string | undefined): boolean {
  return word?.startsWith('"') === true;
}

/** consul-template and sprig pass the value last. */
function valueFirst(name: string, [first = '', ...others]: readonly string[]): Call {
  const last = others.at(-1);
  const swap = isText(first) && last !== undefined && !isText(last);
  return swap ? [name, last, first, ...others.slice(0, -1)] : [name, first, ...others];
}

function concatOf(format: string, args: readonly string[]): Call | undefined {
  const pieces = format.slice(1, -1).split(/%[sdv]/);
  if (!isText(format) || pieces.length !== args.length + 1 || pieces.some((piece) => piece.includes('%')))
    return undefined;
  const words = pieces.flatMap((piece, index) => [
    ...(piece === '' ? [] : [`"${piece}"`]),
    ...args.slice(index, index + 1),
  ]);
  return words.length > 1 ? ['concat', ...words] : words;
}
