import type { Command } from 'commander';
import type { AddCommands, Cli } from './cli.ts';
import { importFile } from './import-file.ts';
import { country, severalPairs } from './options.ts';
import { clock, fieldsOf, tableOf } from './table.ts';

export const addListCommands: AddCommands = (program, cli) => {
  const lists = program.command('lists').summary('lists of people to write to');
  lists.command('list').action(() => list(cli));
  lists
    .command('create')
    .summary('add a list')
    .argument('<name>')
    .action((name: string) => create(cli, name));
  addImport(lists, cli);
};

function addImport(lists: Command, cli: Cli): void {
  lists
    .command('import')
    .summary('read a .xlsx or .csv file into a list')
    .description('Reads a file into a list, follows the import, and prints each rejected row with its reason. Without --map the columns are guessed.')
    .argument('<file>')
    .requiredOption('-l, --list <list>', 'name or id of the list')
    .option('--create', 'add the list when there is none of this name')
    .option('--map <what=column>', 'which column holds phone, name, email, jid, handle or zone; may be repeated', severalPairs)
    .option('--field <variable=column>', 'a column that fills {{variable}} in templates; may be repeated', severalPairs)
    .option(
      '--agreed-by <how>',
      'how new people agreed to campaigns: website, purchase, in_person, wrote_first, other; without it they may only be answered',
    )
    .option('--agreed-on <day>', 'the day on which they agreed, or the last of several, such as 2026-09-01')
    .option('--evidence <text>', 'where that can be looked up: a form, a contract, a place')
    .option('--country <code>', 'country of numbers that are written without one, such as DE', country)
    .action((file: string, options) => importFile(cli, file, options));
}

async function list(cli: Cli): Promise<void> {
  const { client } = await cli.connect();
  cli.output().answer(await client.listLists(), ({ rows }) =>
    tableOf(
      rows,
      [
        ['NAME', (row) => row.name],
        ['PEOPLE', (row) => row.entries],
        ['PHONES', (row) => row.phones],
        ['MAILS', (row) => row.emails],
        ['OPTED OUT', (row) => row.suppressed],
        ['CHANGED', (row) => clock(row.updatedAt)],
        ['ID', (row) => row.id],
      ],
      'There are no lists yet. Add one with patchbay lists create.',
    ),
  );
}

async function create(cli: Cli, name: string): Promise<void> {
  const { client } = await cli.connect();
  cli.output().answer(await client.addList({ body: { name } }), (made) =>
    fieldsOf([
      ['id', made.id],
      ['name', made.name],
    ]),
  );
}
