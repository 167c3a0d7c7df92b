import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { Failure } from '#core/failure.ts';
import type { AddCommands, Cli } from './cli.ts';
import { clock, fieldsOf, tableOf } from './table.ts';

type Create = { name: string; subject?: string; body?: string; bodyFile?: string; htmlFile?: string };

export const addTemplateCommands: AddCommands = (program, cli) => {
  const templates = program.command('templates').summary('texts with places for names and other fields');
  templates.command('list').action(() => list(cli));
  templates
    .command('create')
    .summary('add a template')
    .description('Adds a template. {{name}} and {name} are filled in for each recipient.')
    .requiredOption('-n, --name <name>')
    .option('-s, --subject <text>', 'only mail uses it')
    .addOption(new Option('-b, --body <text>').conflicts('bodyFile'))
    .option('--body-file <file>', 'take the text from a file; - is stdin')
    .option('--html-file <file>', 'the HTML part, for mail')
    .action((options: Create, command: Command) => {
      if (options.body === undefined && options.bodyFile === undefined) command.error('error: give --body <text> or --body-file <file>');
      return create(cli, options);
    });
};

async function list(cli: Cli): Promise<void> {
  const { client } = await cli.connect();
  cli.output().answer(await client.listTemplates(), ({ rows }) =>
    tableOf(
      rows,
      [
        ['NAME', (row) => row.name],
        ['VERSION', (row) => row.version],
        ['VARIABLES', (row) => row.variables.join(', ')],
        ['USED BY', (row) => row.usedBy],
        ['CHANGED', (row) => clock(row.updatedAt)],
        ['ID', (row) => row.id],
      ],
      'There are no templates yet. Add one with patchbay templates create.',
    ),
  );
}

async function create(cli: Cli, options: Create): Promise<void> {
  const body = options.body ?? (await textOf(options.bodyFile ?? '-'));
  const html = options.htmlFile ? await textOf(options.htmlFile) : null;
  const { client } = await cli.connect();
  const template = await client.addTemplate({ body: { name: options.name, subject: options.subject ?? null, body, html } });
  cli.output().answer(template, ({ id, name, version, variables }) =>
    fieldsOf([
      ['id', id],
      ['name', name],
      ['version', version],
      ['variables', variables.join(', ')],
    ]),
  );
}

async function textOf(file: string): Promise<string> {
  if (file === '-') return await text(process.stdin);
  return await readFile(file, 'utf8').catch((error: Error) => {
    throw new Failure('invalid_input', `${file} cannot be read: ${error.message}.`, { cause: error });
  });
}
