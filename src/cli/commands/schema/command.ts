import { Argument, Option, type Command } from 'commander';
import { fileKinds, type FileKind } from '../../../config/file-kind.js';
import type { SchemaOptions } from './action.js';

export function declareSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the config, of fixtures or of tests, for editors and other tools')
    .addArgument(new Argument('[file]', 'the kind of file').choices(fileKinds).default('config'))
    .addOption(new Option('--output <file>', 'write to this file'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall schema --output rollcall.schema.json
  $ rollcall schema test --output test.schema.json

Editors with the YAML language server complete and check a config that begins with this line:
  # yaml-language-server: $schema=./rollcall.schema.json`,
    )
    .action(async (kind: FileKind, options: SchemaOptions) => {
      const { schema } = await import('./action.js');
      process.exitCode = await schema(kind, options);
    });
}
