import * as z from 'zod';
import { dialectSchema } from '../render/dialects/schema.js';
import { fixtureSchema } from './fixture.js';
import { readYamlFile, type LocatedFileValue } from './read-yaml-file.js';

const text = z.string().min(1, 'must not be empty');

const test = z
  .strictObject({
    name: text.optional().describe('Name of the test. Default: the name of the template or the target.'),
    template: text
      .optional()
      .describe(
        'Name of a built-in template, or path of a template file. The path counts from the directory of this file.',
      ),
    target: text.optional().describe('Name of a target of the config, instead of `template`.'),
    config: text.optional().describe('Path of the config. It counts from the directory of this file.'),
    service: text.optional().describe('With `template`: renders it for this service, as `forEach: service` does.'),
    dialect: dialectSchema.optional().describe('With `template`: the dialect, which decides how values are escaped.'),
    from: z
      .union([text, fixtureSchema])
      .describe('The fixture, or its path. The path counts from the directory of this file.'),
    expect: z
      .union([z.string(), z.record(z.string(), z.string())])
      .describe(
        'The expected output: a text with a line break, or an empty text. Any other text is the path of a file with the output.',
      ),
    quarantined: z
      .array(text)
      .default([])
      .describe('The expected quarantines: `service`, `service/id`, or `service NAME` for a host name.'),
  })
  .superRefine(({ template, target, service, dialect, expect }, context) => {
    const refuse = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    if (template === undefined && target === undefined)
      context.addIssue({ code: 'custom', message: 'needs one of `template`, `target`' });
    if (template !== undefined && target !== undefined) refuse('target', 'cannot be used together with `template`');
    if (target !== undefined && service !== undefined) refuse('service', 'can be used only with `template`');
    if (target !== undefined && dialect !== undefined) refuse('dialect', 'can be used only with `template`');
    if (target === undefined && typeof expect !== 'string') refuse('expect', 'a template has one output only');
  });

/** The tests of a file: one, or a list of them. */
export const testsSchema = z.union([test, z.array(test).min(1, 'holds no test')]);

export type TemplateTest = z.output<typeof test>;

export type TemplateTests = z.output<typeof testsSchema>;

/**
 * Reads a test file.
 *
 * @param file absolute path
 * @throws ConfigError `TEST_INVALID` with every problem
 */
export function readTests(file: string): Promise<LocatedFileValue<TemplateTests>> {
  return readYamlFile(file, testsSchema, 'TEST_INVALID');
}
