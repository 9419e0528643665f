import * as z from 'zod';
import { dialectSchema } from '../../render/dialects/schema.js';

/** An absolute path of a file. */
export const outputPath = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOfPath(text);
    if (problem !== undefined) context.addIssue(problem);
  })
  .meta({ doc: 'path' });

/** Octal digits, parsed to a number. */
export const outputMode = z
  .string()
  .regex(/^0?[0-7]{3}$/, 'is not a file mode: write it as a string of octal digits, "0644"')
  .refine((text) => (Number.parseInt(text, 8) & 0o400) !== 0, 'must let the owner read the file: 0400 and up')
  .transform((text) => Number.parseInt(text, 8));

/** A name or an id. */
export const principal = z.union([
  z.int().min(0).max(0xffff_fffe),
  z.string().regex(/^[^\s:\0/]{1,255}$/, 'is not the name of a user or group'),
]);

const file = z
  .strictObject({
    path: outputPath.meta({
      description: 'Path of the file. With `forEach`, its last segment contains `{{service.name}}`.',
    }),
    template: z
      .string()
      .min(1)
      .meta({ description: 'Name of a built-in template (without slash and dot), or path of a template file.' }),
    dialect: dialectSchema.optional().meta({
      description: 'Dialect of the file, which decides how values are escaped.',
      fallback: 'the dialect of the template or of the file name',
    }),
    mode: outputMode.optional().meta({
      description: 'Permissions as octal digits, in quotes. The owner must have read permission.',
      fallback: 'that of the existing file; otherwise `0644`, or `0600` for secret contents',
    }),
    owner: principal.optional().meta({
      description: 'Name or id of a user.',
      fallback: 'that of the existing file; otherwise the user of rollcall',
    }),
    group: principal.optional().meta({
      description: 'Name or id of a group.',
      fallback: 'that of the existing file; otherwise the group of rollcall',
    }),
    forEach: z.literal('service').optional().meta({
      description: 'Write one file for each service. When a service goes, rollcall removes its file, if it wrote it.',
    }),
    inPlace: z.boolean().default(false).meta({
      description:
        'Write into the existing file, for a bind-mounted file that cannot be replaced. Readers may see an incomplete change.',
    }),
    secret: z.boolean().default(false).meta({
      description:
        '`diff`, `test` and the log do not show the contents of the file. A new file has mode 0600, and an existing file that others can read is an error, unless `mode` is set.',
    }),
  })
  .superRefine(({ path: place, forEach, inPlace }, context) => {
    const problem = problemOfPattern(place, forEach !== undefined);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['path'], message: problem });
    if (forEach !== undefined && inPlace)
      context.addIssue({
        code: 'custom',
        path: ['inPlace'],
        message: 'is for one file that is mounted by itself; it cannot be used together with `forEach`',
      });
  });

/** The `files` block: the files of one consumer, which change together. */
export const filesSchema = z
  .array(file)
  .min(1)
  .superRefine((files, context) => {
    const seen = new Set<string>();
    for (const [index, { path: place }] of files.entries()) {
      if (seen.has(place))
        context.addIssue({ code: 'custom', path: [index, 'path'], message: 'is the path of another file above' });
      seen.add(place);
    }
  })
  .meta({ description: 'Files that change together: all of them, or none.' });

/** As parsed: `mode` is a number, if it is set. */
export type FilesOptions = z.output<typeof filesSchema>;

/** Why a `{staged}` check is not possible for these files, or undefined. It checks one file alone, before the swap. */
export function whyNotStaged(files: FilesOptions): string | undefined {
  const [only] = files;
  if (files.length !== 1 || only?.forEach !== undefined)
    return '{staged} means one file, but this target has more: check them in place, without {staged}';
  return undefined;
}

/** The directory of a fan-out path: the part before the last slash before the first `{{`. */
export function directoryOf(pattern: string): string {
  const at = pattern.indexOf('{{');
  return pattern.slice(0, pattern.lastIndexOf('/', at < 0 ? undefined : at));
}

function problemOfPath(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character';
  if (!text.startsWith('/')) return 'must be absolute';
  const segments = text.slice(1).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'must not have //, a segment . or .., or a slash at the end';
  if (segments.at(-1)?.startsWith('.rollcall-') === true)
    return 'must not begin like the temporary files of rollcall (.rollcall-)';
  return undefined;
}

function problemOfPattern(path: string, fanOut: boolean): string | undefined {
  if (!path.includes('{{')) return fanOut ? 'is the same for every service: put {{service.name}} into it' : undefined;
  if (!fanOut) return 'has {{…}}, but the target does not write one file for each service: add `forEach: service`';
  const name = path.slice(directoryOf(path).length + 1).replace(/\{\{.*?\}\}/g, '');
  return name.includes('/') ? 'may have {{…}} in its last segment only' : undefined;
}
