import fc from 'fast-check';

/** The kind of a context. */
type Kind = 'root' | 'service' | 'instance' | 'group' | 'pair' | 'text';

type PartialKind = Exclude<Kind, 'group' | 'pair' | 'text'>;

/** The names in scope at a position of a template. */
interface Scope {
  readonly contexts: readonly Kind[];
  readonly loops: number;
  readonly params: readonly { readonly name: string; readonly kind: Kind | 'index' }[];
  /** Inline partials by name: the kind of context they are written for. They may call those after them. */
  readonly partials: readonly { readonly name: string; readonly kind: PartialKind }[];
  /** In a partial, where `extra` is given beside the context. */
  readonly partial: boolean;
  readonly depth: number;
}

/** Draws: one of a list, or a number below a bound. */
interface Dice {
  pick<T>(list: readonly [T, ...T[]]): T;
  below(count: number): number;
}

const fields: Readonly<Record<Kind, readonly [string, ...string[]]>> = {
  root: ['target.name', 'vars.prefix', 'vars.flag', 'env.REGION', 'services.length', 'kv.pairs.length'],
  service: ['name', 'name', 'expected', 'instances.length'],
  instance: ['id', 'port', 'weight', 'service', 'status', 'metadata.region', 'metadata.m', 'tags.length'],
  group: ['key', 'items.length'],
  pair: ['key', 'value'],
  text: ['this'],
};

/**
 * Random templates with all kinds of reads in all positions. Most of them are valid. They stay small, so that a failing one can be understood.
 */
export const templates: fc.Arbitrary<string> = fc.gen().map((g) => {
  const below = (count: number): number => g(fc.nat, { max: count - 1 });
  return writeTemplate({ below, pick: (list) => list[below(list.length)] ?? list[0] });
});

const callEach: Readonly<Record<PartialKind, string>> = {
  root: '{{> NAME extra=vars.prefix}}',
  service: '{{#each services}}{{> NAME extra=../vars.prefix}}{{/each}}',
  instance: '{{#each services}}{{#each instances}}{{> NAME extra=../name}}{{/each}}{{/each}}',
};

function writeTemplate(dice: Dice): string {
  const kinds: readonly [PartialKind, ...PartialKind[]] = ['service', 'instance', 'root', 'service'];
  const partials = Array.from({ length: dice.below(3) }, (_, index) => ({ name: `p${index}`, kind: dice.pick(kinds) }));
  const empty: Scope = { contexts: ['root'], loops: 0, params: [], partials, partial: false, depth: 0 };
  const inlines = partials.map(({ name, kind }, index) => {
    const scope: Scope = {
      ...empty,
      contexts: [kind],
      partials: partials.slice(index + 1),
      partial: true,
      loops: kind === 'root' ? 0 : 1,
      depth: 2,
    };
    return `{{#*inline "${name}"}}${writeBody(dice, scope)}{{/inline}}`;
  });
  const body = dice.pick(['services', '(reject services expected=true)', 'services'] as const);
  const loop = writeEach(dice, empty, body, 'service');
  const calls = partials.map(({ name, kind }) => callEach[kind].replace('NAME', name));
  return `${inlines.join('')}${writeBody(dice, empty)}${loop}${writeBody(dice, empty)}${calls.join(' ')}`;
}

function writeBody(dice: Dice, scope: Scope): string {
  return Array.from({ length: 1 + dice.below(3) }, () => writeStatement(dice, scope)).join(dice.pick([' ', '', '\n']));
}

function writeStatement(dice: Dice, scope: Scope): string {
  const inner = { ...scope, depth: scope.depth + 1 };
  const choice = dice.below(scope.depth > 4 ? 5 : 12);
  switch (choice) {
    case 0:
      return 'x';
    case 1:
    case 2:
    case 3:
      return `{{${writeValue(dice, scope)}}}`;
    case 4:
      return `{{default (lookup ${writeValue(dice, scope)} "no") "-"}}`.replace(
        /\(lookup .*? "no"\)/,
        writeText(dice, scope),
      );
    case 5:
      return `{{#if ${writeCondition(dice, scope)}}}${writeBody(dice, inner)}{{else}}${writeBody(dice, inner)}{{/if}}`;
    case 6:
      return dice.below(2) === 0 ? writeWith(dice, inner) : writeLet(dice, inner);
    case 7:
      return writePartial(dice, scope);
    default: {
      const [kind] = scope.contexts;
      if (kind === 'service' && dice.below(4) === 0)
        return writeEach(dice, inner, '(groupBy instances "zone")', 'group');
      if (kind === 'service') return writeEach(dice, inner, dice.pick(instanceLists), 'instance');
      if (kind === 'group') return writeEach(dice, inner, dice.pick(['items', '(sortBy items "weight")']), 'instance');
      if (kind === 'instance' && dice.below(2) === 0) return writeEach(dice, inner, 'tags', 'text');
      if (dice.below(4) === 0) return writeEach(dice, inner, dice.pick(keyLists), 'text');
      if (dice.below(4) === 0) return writeEach(dice, inner, dice.pick(pairLists), 'pair');
      const lists = [
        '@root.services',
        '(reject @root.services expected=true)',
        '(gather @root.services "instances")',
      ] as const;
      const list = dice.pick([...lists, '@root.vars.list']);
      const kinds = { '@root.vars.list': 'text', '(gather @root.services "instances")': 'instance' } as const;
      return writeEach(dice, inner, list, (kinds as Readonly<Record<string, Kind>>)[list] ?? 'service');
    }
  }
}

const instanceLists = [
  'instances',
  'instances',
  '(reject instances status="critical")',
  '(reject (reject instances status="critical") family="name")',
  'this.instances',
  '(sortBy instances "weight")',
  '(unique instances "zone")',
  '(filter (concat instances instances) status="passing")',
  '(reverse instances)',
  '(limit instances 9)',
] as const;

const keyLists = ['(ls "/config")', '(lsdir "/")', '(seq 1 2)'] as const;
const pairLists = ['(getAll "/config/*")', '(getAll (concat "/" @root.vars.key "/**"))', '@root.kv.pairs'] as const;

function writeEach(dice: Dice, scope: Scope, list: string, item: Kind): string {
  const names = dice.pick([[], [], [`a${scope.depth}`], [`a${scope.depth}`, `b${scope.depth}`]] as readonly [
    string[],
    ...string[][],
  ]);
  const params = names.map((name, index) => ({ name, kind: index === 0 ? item : ('index' as const) }));
  const inner: Scope = {
    ...scope,
    contexts: [item, ...scope.contexts],
    loops: scope.loops + 1,
    params: [...params, ...scope.params],
    depth: scope.depth + 1,
  };
  const as = names.length === 0 ? '' : ` as |${names.join(' ')}|`;
  return `{{#each ${list}${as}}}${writeBody(dice, inner)}{{else}}none{{/each}}`;
}

function writeWith(dice: Dice, scope: Scope): string {
  const [value, kind] = dice.pick([
    ['(service "web")', 'service'],
    ['@root', 'root'],
    ['this', scope.contexts[0] ?? 'root'],
    ['@root.env.REGION', 'text'],
    ...(scope.contexts.length > 1 ? [['..', scope.contexts[1] ?? 'root'] as const] : []),
    ...(scope.contexts[0] === 'service' ? [['(service name)', 'service'] as const] : []),
  ] as readonly [readonly [string, Kind], ...(readonly [string, Kind])[]]);
  const body = writeBody(dice, { ...scope, contexts: [kind, ...scope.contexts] });
  return `{{#with ${value}}}${body}{{else}}none{{/with}}`;
}

function writeLet(dice: Dice, scope: Scope): string {
  const name = `l${scope.depth}`;
  const [value, kind] = dice.pick([
    ['(service "web")', undefined],
    [`(or ${writeText(dice, scope)} "-")`, 'text'],
    ['(default (get "/config/a") "-")', 'text'],
    ['this', scope.contexts[0]],
    ...scope.params.map((param) => [param.name, param.kind] as const),
  ] as readonly [readonly [string, Kind | 'index' | undefined], ...(readonly [string, Kind | 'index' | undefined])[]]);
  const params = kind === undefined ? scope.params : [{ name, kind }, ...scope.params];
  return `{{#let ${value} as |${name}|}}${writeBody(dice, { ...scope, params })}{{/let}}`;
}

function writePartial(dice: Dice, scope: Scope): string {
  const [first, ...others] = scope.partials;
  if (first === undefined) return 'y';
  const { name, kind } = dice.pick([first, ...others]);
  const hash = ` extra=${dice.pick(['@root.vars.prefix', '"e"', writeText(dice, scope)])}`;
  const here = scope.contexts.findIndex((one) => one === kind);
  const context =
    here === 0
      ? dice.pick(['', ' this'])
      : here > 0
        ? ` ${'../'.repeat(here - 1)}..`
        : kind === 'root'
          ? ' @root'
          : undefined;
  return context === undefined ? 'z' : `{{> ${name}${context}${hash}}}`;
}

function writeCondition(dice: Dice, scope: Scope): string {
  const loop = scope.loops > 0 ? (['@first', '@last', '(eq @index 1)'] as const) : [];
  return dice.pick([
    '@root.vars.flag',
    '(service "db")',
    '(exists "/config/b")',
    '(gt (count (filter @root.services expected=true)) 2)',
    `(eq (default ${writePath(dice, scope)} "-") "web")`,
    `(not ${writeText(dice, scope)})`,
    ...loop,
    ...loop,
  ]);
}

/** Text that may be missing. */
function writeText(dice: Dice, scope: Scope): string {
  const at = scope.contexts.findIndex((kind) => kind === 'instance');
  const outer = '../'.repeat(Math.max(0, at));
  if (at >= 0) return dice.pick([`${outer}metadata.m`, `(lookup ${outer}metadata @root.vars.key)`, `${outer}zone`]);
  return dice.pick(['@root.vars.prefix', '@root.target.name', '@root.env.REGION']);
}

function writePath(dice: Dice, scope: Scope): string {
  const depth = dice.below(Math.min(3, scope.contexts.length));
  const kind = scope.contexts[depth] ?? 'root';
  const field = dice.pick(fields[kind]);
  if (kind !== 'text') return `${'../'.repeat(depth)}${field}`;
  return depth === 0 ? 'this' : `${'../'.repeat(depth - 1)}..`;
}

function writeValue(dice: Dice, scope: Scope): string {
  const path = writePath(dice, scope);
  const data =
    scope.loops === 0
      ? []
      : ['@index', '@key', '@last', '@first', ...(scope.loops > 1 && !scope.partial ? ['@../index', '@../last'] : [])];
  const params = scope.params.map(({ name, kind: of }) =>
    of === 'index' || of === 'text' ? name : `${name}.${dice.pick(fields[of])}`,
  );
  const services: Partial<Record<Kind, readonly string[]>> = {
    service: ['caseless name', 'variable name "_X"', 'sum instances "weight"'],
    instance: ['caseless service', 'default (get (concat "/config/" id)) "-"'],
  };
  const service = services[scope.contexts[0] ?? 'root'] ?? [];
  const scaled = scope.contexts[1] === 'service' && scope.contexts[0] === 'instance';
  return dice.pick([
    path,
    path,
    path,
    scope.partial && scope.contexts.length === 1 ? 'extra' : path,
    '@root.vars.prefix',
    '@root.services.length',
    'env "REGION"',
    'default (get "/config/a") "-"',
    ...(scaled ? ['scaleWeight weight ../instances 3'] : []),
    ...data,
    ...params,
    ...params,
    ...service,
  ] as readonly [string, ...string[]]);
}
