import type { ConfigPath, ConfigProblem } from '../config/problem.js';
import type { Config, TargetConfig } from '../config/schema.js';
import { varsOf } from '../config/target-inputs.js';
import type { TemplateFile, TemplateSet } from '../config/templates.js';
import { nearest } from '../model/suggest.js';
import { readHead } from '../render/head.js';
import { createProblem } from '../render/problem.js';
import type { SetBy } from '../render/types.js';
import { findVarMistake } from '../render/vars/check.js';
import type { VarDeclaration } from '../render/vars/declaration.js';
import { adviseTarget, placeOfVar } from '../render/vars/advise-target.js';
import { findLineOfRead, findVarReads } from '../render/vars/reads.js';
import { describeVarType } from '../render/vars/type.js';
import type { TemplateUse } from '../targets/kind.js';

/** A target's use of a template, and the path of the target's block. */
export interface PlacedUse {
  readonly use: TemplateUse;
  readonly block: ConfigPath;
}

export interface VarsCheck {
  readonly config: Config;
  readonly set: TemplateSet;
  /** By index of the target. */
  readonly uses: readonly (readonly PlacedUse[])[];
  /**
   * Which vars must be known to a template: those of the config and of the targets, those of the targets only (the config's may be for a
   * target that is not in `config`), or none.
   */
  readonly names: 'all' | 'targets' | 'none';
  /** False: vars without a default may be missing, because a part of the config is missing. */
  readonly complete: boolean;
  /** The file that sets vars instead of the config, for hints. */
  readonly setIn: string | undefined;
  /** Given: the one target is made for a template, and these targets of the config set vars that do not count for it. */
  readonly setBy: SetBy | undefined;
  readonly locate: (path: ConfigPath, message: string, hint?: string) => ConfigProblem;
}

/**
 * Compares the `vars` of a config with those that its templates declare:
 *
 * - A declared var must have the declared type, and must be set if it has no default.
 * - A var that a target sets must be known to one of the target's templates: declared by it, or read by it, its path or a partial.
 *
 * A template that declares no var may read any, and `vars` of the config may be for any template. So beside such a template and in the
 * config, an unknown var is a mistake only if its name is similar to a declared one.
 */
export function checkVars(check: VarsCheck): readonly ConfigProblem[] {
  const { config, names, locate } = check;
  const found = new Map<string, ConfigProblem>();
  const add = (one: ConfigProblem): void => {
    found.set(`${one.line}:${one.column}:${one.path}:${one.message}`, one);
  };
  const targets = config.targets.map((target, index) => {
    const templates = templatesOf(check, index);
    for (const template of templates) checkTemplate(check, target, index, template, add);
    return templates;
  });
  if (names !== 'none')
    for (const [index, target] of config.targets.entries())
      for (const name of Object.keys(target.vars)) {
        const hint = explainUnknown(name, targets[index] ?? [], check);
        if (hint !== undefined)
          add(locate(['targets', index, 'vars', name], 'no template of the target has this var', hint));
      }
  if (names === 'all')
    for (const name of Object.keys(config.vars)) {
      // Others may hold YAML anchors.
      const hint = explainUnknown(name, targets.flat(), check, 'similar');
      if (hint !== undefined) add(locate(['vars', name], 'no template has this var', hint));
    }
  return [...found.values()];
}

/** A template of a target. */
interface Template {
  readonly use: TemplateUse;
  readonly file: TemplateFile;
  readonly at: ConfigPath;
  readonly declared: readonly VarDeclaration[];
}

function templatesOf({ uses, set }: VarsCheck, target: number): readonly Template[] {
  return (uses[target] ?? []).flatMap(({ use, block }) => {
    const file = set.templates.get(use.reference);
    if (!file) return [];
    const { vars } = readHead({ file: file.name, text: file.text });
    return [{ use, file, at: [...block, ...use.at], declared: vars }];
  });
}

function checkTemplate(
  { config, complete, setIn, setBy, locate }: VarsCheck,
  target: TargetConfig,
  index: number,
  { file, at, declared }: Template,
  add: (problem: ConfigProblem) => void,
): void {
  const values = varsOf(config, target);
  for (const one of declared) {
    const { name, type } = one;
    if (!Object.hasOwn(values, name)) {
      if ('default' in one || !complete) continue;
      const words = type === undefined ? '' : ` (${describeVarType(type)})`;
      if (setBy !== undefined) {
        add(withoutTarget(one, file, words, setIn, setBy));
        continue;
      }
      add(
        locate(
          at,
          `${file.name} needs \`vars.${name}\`${words}`,
          hintOf(one, `Set it in \`vars\` of ${setIn ?? 'the target'}.`),
        ),
      );
      continue;
    }
    const mistake = type && findVarMistake(type, values[name]);
    if (!mistake) continue;
    const path = Object.hasOwn(target.vars, name) ? ['targets', index, 'vars', name] : ['vars', name];
    const message = `${mistake.message} (${file.name} declares the var)`;
    add(locate([...path, ...mistake.path], message, hintOf(one, mistake.hint)));
  }
}

/** A var that is missing in the rendering of a template alone. Its place is the declaration: no part of the config names the template. */
function withoutTarget(
  one: VarDeclaration,
  { name: file, text }: TemplateFile,
  type: string,
  setIn: string | undefined,
  setBy: SetBy,
): ConfigProblem {
  const source = { file, text };
  const line = findLineOfRead(source, one.name);
  const used = line === undefined ? '' : `; line ${line} uses it`;
  const place = `Set it ${placeOfVar(setIn, setBy)} (vars: {${one.name}: …}).${adviseTarget(one.name, setBy)}`;
  const message = `needs \`vars.${one.name}\`${type}, which is not set${used}`;
  return { path: '', ...createProblem(source, one.at, message, hintOf(one, place)) };
}

function hintOf({ name, meaning }: VarDeclaration, hint: string | undefined): string | undefined {
  const parts = [...(hint === undefined ? [] : [hint]), ...(meaning === '' ? [] : [`vars.${name}: ${meaning}`])];
  return parts.length === 0 ? undefined : parts.join(' ');
}

/**
 * The hint for a var that no template knows; undefined for another var.
 * @param which `similar`: only when a declared var has a similar name.
 */
function explainUnknown(
  name: string,
  templates: readonly Template[],
  { config, set }: VarsCheck,
  which: 'any' | 'similar' = 'any',
): string | undefined {
  const declared = [...new Set(templates.flatMap((template) => template.declared.map((one) => one.name)))];
  if (templates.length === 0 || declared.includes(name)) return undefined;
  const near = nearest(name, declared);
  const free = templates.some((template) => template.declared.length === 0 && !isBuiltIn(template.file));
  if (near === undefined && (free || which === 'similar')) return undefined;
  const reads = templates.flatMap(({ file, use: { path } }) => [
    { file: file.name, text: file.text },
    ...(path ? [{ file: path.text, text: path.text }] : []),
  ]);
  const partials = Object.keys(config.partials).map((partial) => ({
    file: partial,
    text: set.partials.get(partial)?.text ?? '',
  }));
  for (const source of [...reads, ...partials]) {
    const names = findVarReads(source);
    if (names === undefined || names.has(name)) return undefined;
  }
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return declared.length === 0
    ? 'Remove it: the templates read no vars.'
    : `The templates have: ${declared.join(', ')}.`;
}

function isBuiltIn({ name, path }: TemplateFile): boolean {
  return name !== path;
}
