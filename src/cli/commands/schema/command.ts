import { Argument, Option, type Command } from 'commander';
import { fileKinds, type FileKind } from '../../../config/file-kind.js';
import type { SchemaOptions } from './action.js';

export function declareSchema(program: Command): void {
  program
    .command('schema')
    .description(
      'print the JSON Schema of the config, of fixtures or of tests, or the OpenAPI document of the admin server',
    )
    .addArgument(new Argument('[file]', 'the kind of file').choices([...fileKinds, 'admin']).default('config'))
    .addOption(new Option('--output <file>', 'write to this file'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall schema --output rollcall.schema.json
  $ rollcall schema test --output test.schema.json
  $ rollcall schema admin --output admin.openapi.json

Editors with the YAML language server complete and check a config that begins with this line:
  # yaml-language-server: $schema=./rollcall.schema.json`,
    )
    .action(async (kind: FileKind | 'admin', options: SchemaOptions) => {
      const { schema } = await import('./action.js');
      process.exitCode = await schema(kind, options);
    });
}
