import { Option, type Command } from 'commander';
import type { SchemaOptions } from '../schema.js';

export function declareSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the config, for editors and other checkers')
    .addOption(new Option('--output <file>', 'write it to this file'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall schema --output rollcall.schema.json

A config that begins with this line is then completed and checked by editors with the YAML language server:
  # yaml-language-server: $schema=./rollcall.schema.json`,
    )
    .action(async (options: SchemaOptions) => {
      const { schema } = await import('../schema.js');
      process.exitCode = await schema(options);
    });
}
