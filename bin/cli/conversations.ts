import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { AddCommands, Cli } from './cli.ts';
import { findByName } from './find-by-name.ts';
import { positive } from './options.ts';
import { readPages } from './read-pages.ts';
import { clock, plain, tableOf } from './table.ts';

type List = { unread?: true; archived?: true; account?: string; channel?: string; search?: string; limit: number };

export const addConversationCommands: AddCommands = (program, cli) => {
  const conversations = program.command('conversations').summary('what was written with one contact on one account');
  conversations
    .command('list')
    .summary('conversations, newest first')
    .option('-u, --unread', 'only those with unread messages')
    .option('--archived', 'the archived ones')
    .option('-a, --account <account>', 'only those of this account')
    .option('-c, --channel <channel>', 'only those of this channel')
    .option('--search <text>')
    .option('--limit <n>', 'at most so many', positive, 50)
    .action((options: List) => list(cli, options));
  conversations
    .command('messages')
    .summary('the newest messages of a conversation, oldest first')
    .argument('<conversation>', 'id')
    .option('--limit <n>', 'at most so many', positive, 50)
    .action((id: string, options: { limit: number }) => messages(cli, id, options.limit));
  conversations
    .command('reply')
    .summary('answer in a conversation')
    .argument('<conversation>', 'id')
    .argument('<text>', 'what to say; - takes it from stdin')
    .option('--key <key>', 'the same key never sends twice')
    .action((id: string, words: string, options: { key?: string }) => reply(cli, { id, words, key: options.key ?? randomUUID() }));
};

async function list(cli: Cli, options: List): Promise<void> {
  const { client } = await cli.connect();
  const { channel, search } = options;
  const accountId = options.account && findByName((await client.listAccounts()).rows, options.account, 'account').id;
  const only = {
    channel,
    search,
    accountId,
    unread: options.unread && ('true' as const),
    archived: options.archived ? ('true' as const) : ('false' as const),
  };
  const page = await readPages(options.limit, (query) => client.listConversations({ query: { ...query, ...only } }));
  cli.output().answer(page, ({ rows }) =>
    tableOf(
      rows,
      [
        ['UNREAD', (row) => row.unread || ''],
        ['CONTACT', (row) => row.contactName || row.address],
        ['ON', (row) => row.accountName],
        ['LAST', (row) => clock(row.lastMessageAt)],
        ['SAID', (row) => row.lastMessage && shortened(`${row.lastMessage.direction === 'out' ? 'you: ' : ''}${row.lastMessage.text}`)],
        ['ID', (row) => row.id],
      ],
      'There are no such conversations.',
    ),
  );
}

async function messages(cli: Cli, id: string, most: number): Promise<void> {
  const { client } = await cli.connect();
  const page = await readPages(most, (query) => client.listMessages({ params: { id }, query }));
  cli.output().answer(page, ({ rows }) =>
    tableOf(
      rows.toReversed(),
      [
        ['AT', (row) => clock(row.at)],
        ['WHO', (row) => (row.direction === 'out' ? `you (${row.status ?? '?'})` : 'they')],
        ['TEXT', (row) => row.text],
      ],
      'Nothing was written yet.',
    ),
  );
}

async function reply(cli: Cli, { id, words, key }: { id: string; words: string; key: string }): Promise<void> {
  const body = { text: words === '-' ? await text(process.stdin) : words, clientKey: key };
  const { client } = await cli.connect();
  cli.output().answer(await client.replyTo({ params: { id }, body }), (message) => `Planned as message ${message.id}.`);
}

function shortened(said: string): string {
  const signs = [...plain(said)];
  return signs.length > 60 ? `${signs.slice(0, 59).join('')}…` : signs.join('');
}
