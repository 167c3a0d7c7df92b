import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Delivery as DeliverySchema } from '#core/api/campaigns.ts';
import { DeliveryState } from '#core/delivery.ts';
import type { AddCommands, Cli } from './cli.ts';
import { findByName } from './find-by-name.ts';
import { positive } from './options.ts';
import { readPages } from './read-pages.ts';
import { clock, fieldsOf, tableOf } from './table.ts';

type Delivery = z.output<typeof DeliverySchema>;
type List = { campaign?: string; account?: string; state?: DeliveryState; search?: string; limit: number };
const verdicts = ['sent', 'failed', 'send_again'] as const;

export const addDeliveryCommands: AddCommands = (program, cli) => {
  const deliveries = program.command('deliveries').summary('what became of each planned send');
  deliveries
    .command('list', { isDefault: true })
    .summary('deliveries, newest first')
    .option('-c, --campaign <campaign>', 'only those of this campaign')
    .addOption(new Option('-a, --account <account>', 'only those of this account').conflicts('search'))
    .addOption(new Option('-s, --state <state>', 'only those in this state').choices(DeliveryState.options))
    .option('--search <text>', 'name or address; needs --campaign')
    .option('--limit <n>', 'at most so many', positive, 50)
    .action((options: List, command: Command) => {
      if (options.search && !options.campaign) command.error('error: --search needs --campaign');
      return list(cli, options);
    });
  deliveries
    .command('show')
    .summary('one delivery with its text')
    .argument('<id>')
    .action((id: string) => show(cli, id));
  deliveries
    .command('resolve')
    .summary('say what became of an uncertain delivery')
    .argument('<id>')
    .addOption(new Option('--as <verdict>', 'what a person found out').choices(verdicts).makeOptionMandatory())
    .action((id: string, options: { as: (typeof verdicts)[number] }) => resolve(cli, id, options.as));
};

async function list(cli: Cli, options: List): Promise<void> {
  const { client } = await cli.connect();
  const { state, search } = options;
  const campaignId = options.campaign && findByName((await client.listCampaigns()).rows, options.campaign, 'campaign').id;
  const accountId = options.account && findByName((await client.listAccounts()).rows, options.account, 'account').id;
  const page = await readPages(options.limit, (query) =>
    campaignId && search
      ? client.listDeliveries({ params: { id: campaignId }, query: { ...query, state, search } })
      : client.listLogs({ query: { ...query, state, campaignId, accountId } }),
  );
  cli.output().answer(page, ({ rows, next }) => {
    const table = tableOf(
      rows,
      [
        ['STATE', (row) => row.state],
        ['WHY', (row) => row.reason ?? row.waitReason],
        ['UNTIL', (row) => clock(row.waitUntil)],
        ['NAME', (row) => row.name],
        ['ADDRESS', (row) => row.address],
        ['FROM', (row) => row.accountName],
        ['SENT', (row) => clock(row.sentAt)],
        ['ID', (row) => row.id],
      ],
      'There are no such deliveries.',
    );
    return next === null ? table : `${table}\nThere are more: raise --limit.`;
  });
}

async function show(cli: Cli, id: string): Promise<void> {
  const { client } = await cli.connect();
  const delivery = await client.readDelivery({ params: { id } });
  cli.output().answer(delivery, (row) => `${described(row)}${row.text === null ? '' : `\ntext  ${JSON.stringify(row.text)}`}`);
}

async function resolve(cli: Cli, id: string, as: (typeof verdicts)[number]): Promise<void> {
  const { client } = await cli.connect();
  cli.output().answer(await client.resolveDelivery({ params: { id }, body: { as } }), described);
}

function described(row: Delivery): string {
  return fieldsOf([
    ['id', row.id],
    ['to', [row.name, row.address].filter(Boolean).join(', ')],
    ['from', row.accountName],
    ['state', row.state],
    ['why', row.reason ?? row.waitReason],
    ['until', clock(row.waitUntil)],
    ['error', row.error],
    ['attempt', row.attempt],
    ['sent', clock(row.sentAt)],
    ['delivered', clock(row.deliveredAt)],
    ['read', clock(row.readAt)],
  ]);
}
