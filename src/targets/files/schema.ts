import * as z from 'zod';
import { dialectSchema } from '../../render/dialects/schema.js';

const path = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOfPath(text);
    if (problem !== undefined) context.addIssue(problem);
  })
  .meta({ doc: 'path' });

const mode = z
  .string()
  .regex(/^0?[0-7]{3}$/, 'is no file mode: write it as a string of octal digits, "0644"')
  .refine((text) => (Number.parseInt(text, 8) & 0o400) !== 0, 'must let the owner read the file: 0400 and up')
  .transform((text) => Number.parseInt(text, 8));

const principal = z.union([
  z.int().min(0).max(0xffff_fffe),
  z.string().regex(/^[^\s:\0/]{1,255}$/, 'is no name of a user or group'),
]);

const file = z
  .strictObject({
    path: path.meta({
      description: 'Where it is written. With `forEach`, `{{service.name}}` stands in its last segment.',
    }),
    template: z
      .string()
      .min(1)
      .meta({ description: 'Name of a built-in template (no slash, no dot), or path of a file.' }),
    dialect: dialectSchema.optional().meta({
      description: 'How values are escaped.',
      fallback: 'what the template or the file’s name says',
    }),
    mode: mode
      .prefault('0644')
      .meta({ description: 'Permissions as octal digits, in quotes. The owner must be able to read.' }),
    owner: principal.optional().meta({ description: 'Name or id of a user.', fallback: 'the user of rollcall' }),
    group: principal.optional().meta({ description: 'Name or id of a group.', fallback: 'the group of rollcall' }),
    forEach: z.literal('service').optional().meta({
      description: 'One file for each service. Files of services that have gone are removed, if rollcall wrote them.',
    }),
    inPlace: z.boolean().default(false).meta({
      description:
        'Write into the existing file, for a bind-mounted one that cannot be replaced. Readers may see half of it.',
    }),
    serial: z.boolean().default(false).meta({
      description:
        'For a zone file: count up the number before `; serial` whenever something else in the file changes.',
    }),
    secret: z.boolean().default(false).meta({
      description: 'No diff, test or log shows the contents of the file.',
    }),
  })
  .superRefine(({ path: place, forEach, inPlace }, context) => {
    const problem = problemOfPattern(place, forEach !== undefined);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['path'], message: problem });
    if (forEach !== undefined && inPlace)
      context.addIssue({
        code: 'custom',
        path: ['inPlace'],
        message: 'is for one file that is mounted by itself; it cannot go with `forEach`',
      });
  });

/** The `files` block: everything that is changed for one consumer together. */
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
  .meta({ description: 'Files, all changed or none.' });

/** As parsed: `mode` is a number. */
export type FilesOptions = z.output<typeof filesSchema>;

/** Why a `{staged}` check cannot judge these files, or undefined. It judges one file, alone, before the swap. */
export function whyNotStaged(files: FilesOptions): string | undefined {
  const [only] = files;
  if (files.length !== 1 || only?.forEach !== undefined)
    return '{staged} stands for one file, and this target has more: check them in place, without {staged}';
  return undefined;
}

/** The directory of a fan-out path: what comes before the last slash that comes before the first {{. */
export function directoryOf(pattern: string): string {
  const at = pattern.indexOf('{{');
  return pattern.slice(0, pattern.lastIndexOf('/', at < 0 ? undefined : at));
}

function problemOfPath(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character';
  if (!text.startsWith('/')) return 'must be absolute';
  const segments = text.slice(1).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'must be plain: no //, no . or .. between slashes, no slash at the end';
  if (segments.at(-1)?.startsWith('.rollcall-') === true) return 'begins like the temporary files of rollcall';
  return undefined;
}

function problemOfPattern(path: string, fanOut: boolean): string | undefined {
  if (!path.includes('{{')) return fanOut ? 'is the same for every service: put {{service.name}} into it' : undefined;
  if (!fanOut) return 'names {{…}}, but the file is not made for each service: add `forEach: service`';
  const name = path.slice(directoryOf(path).length + 1).replace(/\{\{.*?\}\}/g, '');
  return name.includes('/') ? 'may have {{…}} in its last segment only' : undefined;
}
