import { Argument, Option, type Command } from 'commander';
import { fileKinds, type FileKind } from '../../../config/file-kind.js';
import type { SchemaOptions } from './action.js';

export function declareSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the config, of fixtures or of tests, for editors and other checkers')
    .addArgument(new Argument('[file]', 'of which kind of file').choices(fileKinds).default('config'))
    .addOption(new Option('--output <file>', 'write it to this file'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall schema --output rollcall.schema.json
  $ rollcall schema test --output test.schema.json

A config that begins with this line is then completed and checked by editors with the YAML language server:
  # yaml-language-server: $schema=./rollcall.schema.json`,
    )
    .action(async (kind: FileKind, options: SchemaOptions) => {
      const { schema } = await import('./action.js');
      process.exitCode = await schema(kind, options);
    });
}
